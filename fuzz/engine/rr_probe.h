// Which rr works here: it must record and replay a program of two threads, nothing less.
//
// An rr that starts, or that knows the processor, proves nothing: counters may be missing in a
// virtual machine, forbidden by a setting, or count wrongly. So each way of recording is tried,
// the best first: hardware counters, the same without rr's syscall buffer, then software counters
// (option -W, which only forks of rr have), the same without the buffer.
//
// Promises: says for every machine either which rr with which options, or why none, in rr's own
// words and with what to do; changes nothing on the machine. Leaves out: keeping the answer; a
// probe takes about a second for each way that is tried.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rw::engine {

enum class RrProblem : std::uint8_t {
  none,
  not_wanted,
  not_installed,
  nested,         // this process is being recorded
  debugged,       // this process has a tracer
  unknown_cpu,    // rr has no counter for the processor
  no_counters,    // there are none: a virtual machine
  paranoid,       // kernel.perf_event_paranoid
  perf_denied,    // perf_event_open is forbidden: a container
  spec_lock_map,  // Zen processors count wrongly with it
  freeze_on_smi,
  ptrace_denied,
  sandboxed,      // another system call is forbidden
  no_software,    // -W: this rr has no software counters
  diverged,       // it records, but does not replay
  incomplete,     // the trace is cut short
  other_machine,  // the trace is of another kind of machine or counter
  timed_out,
  interrupted,
  other,
};
const char* name_of(RrProblem problem);
// What to do about it, one sentence.
const char* advice_for(RrProblem problem);

struct RrComplaint {
  RrProblem problem = RrProblem::none;
  std::string said;  // the line of rr's that tells, without its source position
};
// What rr says when it fails; `other` with its first fatal line if the words are unknown.
RrComplaint classify_rr(std::string_view output);

enum class RrWanted : std::uint8_t { any, hardware, software };

struct Rr {
  std::string path;
  std::string version;               // "rr version 5.6.0"
  bool software = false;             // counts in software
  std::vector<std::string> options;  // of record: "-W", "-n"
  std::vector<std::string> replay_options() const;
};

struct RrAttempt {
  std::vector<std::string> options;
  RrComplaint complaint;
};
struct RrProbe {
  bool works = false;
  Rr rr;
  RrComplaint why_not_hardware;  // also where software counters work
  RrComplaint why_not;           // if nothing works
  std::vector<RrAttempt> attempts;
};

// `path`: of rr; empty: the one in PATH. `helper`: a program and arguments to try it with; its
// output must be the same in the replay. `stop`: as of run_program; the probe ends at once, then.
RrProbe probe_rr(RrWanted wanted, const std::string& path, const std::vector<std::string>& helper,
                 const std::function<bool()>& stop = {});

// One line: "recording with software counters (hardware: no_counters: Unable to open ...)".
std::string in_words(const RrProbe& probe);

}  // namespace rw::engine
