// What rr says when it cannot, in which words, and what to do about it.
#include <algorithm>
#include <array>
#include <regex>
#include <string>

#include "fuzz/engine/rr_probe.h"

namespace rw::engine {
namespace {

struct Words {
  RrProblem problem;
  const char* pattern;  // ECMAScript
};

// Source positions and wording around these differ between versions: 5.6.0 to 5.9.0 were looked at.
// The order matters: "Unable to open" is said of counters and of traces.
constexpr auto kWords = std::to_array<Words>({
    {RrProblem::nested, "cannot run rr recording under rr"},
    {RrProblem::no_software, "Invalid option -W"},
    {RrProblem::unknown_cpu,
     "CPU type 0x[0-9a-f]+.*unknown|Unknown CPU vendor|No supported microarchitectures|"
     "Unknown aarch64 CPU type"},
    {RrProblem::paranoid, "perf_event_paranoid *<="},
    {RrProblem::perf_denied,
     "Permission denied to use 'perf_event_open'|Failed to perf_event_open"},
    {RrProblem::no_counters,
     "Unable to open performance counter|Failed to initialize counter|"
     "Got [0-9]+ branch events, expected at least"},
    {RrProblem::spec_lock_map, "SpecLockMap"},
    {RrProblem::freeze_on_smi, "[Ff]reez(e|ing) performance counters on SMIs"},
    {RrProblem::ptrace_denied, "PTRACE_SEIZE failed|Tracee died before reaching SIGSTOP"},
    {RrProblem::sandboxed,
     "error setting up prctl|Couldn't bind to CPU|map_software_counter_jump_stub_area"},
    {RrProblem::other_machine,
     "defines ticks differently|different CPU|CPUID|xsave|recorded with.*version"},
    {RrProblem::incomplete,
     "trace is incomplete|terminated abnormally|Unexpected end of|Premature end|"
     "Trace file.*too small|Can't (find|open).*trace|Unable to open|not a valid trace|"
     "does not exist|No such file|version file"},
    {RrProblem::diverged, "ticks_now == trace_ticks|Replay diverged|diverged"},
});

// "[FATAL ./src/PerfCounters.cc:306:start_counter()] Unable to" -> "Unable to".
std::string without_position(const std::string& line) {
  static const std::regex position("^(rr: )?\\[?(FATAL|ERROR|WARN)[^\\]]*\\] *");
  const std::string words = std::regex_replace(line, position, "");
  return words.substr(0, words.find(';'));  // what follows is advice, of which ours is newer
}

struct Explained {
  RrProblem problem;
  const char* name;
  const char* advice;
};
constexpr auto kExplained = std::to_array<Explained>({
    {RrProblem::none, "none", ""},
    {RrProblem::not_wanted, "not wanted", "leave out --rr off to record"},
    {RrProblem::not_installed, "not installed", "install rr, or name one with --rr PATH"},
    {RrProblem::nested, "already recorded", "rr records this process already"},
    {RrProblem::debugged, "being traced", "run racewalk outside of gdb and strace"},
    {RrProblem::unknown_cpu, "unknown processor",
     "use a newer rr, or an rr with software counters (option -W)"},
    {RrProblem::no_counters, "no hardware counters",
     "most virtual machines have none: use another machine, or an rr with software counters"},
    {RrProblem::paranoid, "kernel.perf_event_paranoid",
     "as root: sysctl kernel.perf_event_paranoid=1"},
    {RrProblem::perf_denied, "perf_event_open is forbidden",
     "give the container a seccomp profile that allows perf_event_open"},
    {RrProblem::spec_lock_map, "SpecLockMap",
     "Zen processors count right after scripts/zen_workaround.py of rr"},
    {RrProblem::freeze_on_smi, "freeze_on_smi", "as root: echo 1 > /sys/devices/cpu/freeze_on_smi"},
    {RrProblem::ptrace_denied, "ptrace is forbidden",
     "give the container CAP_SYS_PTRACE (docker run --cap-add=SYS_PTRACE)"},
    {RrProblem::sandboxed, "a system call is forbidden",
     "give the container a seccomp profile and a CPU set that rr can live with"},
    {RrProblem::no_software, "no software counters",
     "this rr has none; name one that has with --rr PATH"},
    {RrProblem::diverged, "it does not replay what it records",
     "do not trust this rr on this machine; please tell its authors"},
    {RrProblem::incomplete, "the trace is cut short", "record it again"},
    {RrProblem::other_machine, "the trace is of another kind of machine",
     "replay it where it was recorded (meta.json tells), or record it here"},
    {RrProblem::timed_out, "no answer", "try again when the machine is less busy"},
    {RrProblem::interrupted, "interrupted", "run it again"},
    {RrProblem::other, "rr fails", "see the message; rr's own advice is at https://rr-project.org"},
});

const Explained& explained(RrProblem problem) {
  for (const Explained& e : kExplained)
    if (e.problem == problem) return e;
  return kExplained.back();
}

}  // namespace

const char* name_of(RrProblem problem) {
  return explained(problem).name;
}
const char* advice_for(RrProblem problem) {
  return explained(problem).advice;
}

RrComplaint classify_rr(std::string_view output) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < output.size();) {
    const std::size_t end = std::min(output.find('\n', at), output.size());
    if (end > at) lines.emplace_back(output.substr(at, end - at));
    at = end + 1;
  }
  for (const Words& words : kWords) {
    const std::regex pattern(words.pattern);
    for (const std::string& line : lines)
      if (std::regex_search(line, pattern)) return {words.problem, without_position(line)};
  }
  for (const std::string& line : lines)
    if (line.find("FATAL") != std::string::npos || line.find("ERROR") != std::string::npos ||
        line.find("Assertion") != std::string::npos)
      return {RrProblem::other, without_position(line)};
  return {RrProblem::other, lines.empty() ? "it says nothing" : without_position(lines.front())};
}

}  // namespace rw::engine
