// What rr says, told apart: messages as rr 5.6.0 and a fork with software counters print them here,
// and, of what does not happen on the machine it was written on, in the form that its sources give.
#include <gtest/gtest.h>

#include <set>

#include "fuzz/engine/rr_probe.h"

namespace rw::engine {
namespace {

struct Case {
  RrProblem problem;
  const char* output;
};

constexpr Case kCases[] = {
    {RrProblem::nested, "rr: cannot run rr recording under rr. Exiting.\n"},
    {RrProblem::no_software, "Invalid option -W\nUsage: rr record [OPTION] <exe> [exe-args]...\n"},
    {RrProblem::unknown_cpu,
     "[FATAL ./src/PerfCounters_x86.h:114:compute_cpu_microarch()] AMD CPU type 0xf20 (ext family "
     "0xb) unknown\n"},
    {RrProblem::unknown_cpu, "[FATAL src/PerfCounters.cc:1] Unknown CPU vendor 'Foo'\n"},
    {RrProblem::no_counters,
     "[FATAL ./src/PerfCounters.cc:306:start_counter()] Unable to open performance counter with "
     "'perf_event_open'; are hardware perf events available? See https://github.com/rr-debugger\n"},
    {RrProblem::no_counters,
     "[FATAL src/PerfCounters.cc:430] Got 0 branch events, expected at least 500.\n"},
    {RrProblem::paranoid,
     "[FATAL src/PerfCounters.cc:400] rr needs /proc/sys/kernel/perf_event_paranoid <= 1, but it "
     "is "
     "2.\n"},
    {RrProblem::perf_denied,
     "[FATAL src/PerfCounters.cc:410] Permission denied to use 'perf_event_open'; are hardware "
     "perf events available?\n"},
    {RrProblem::perf_denied, "syscallbuf.c:694: Fatal error: Failed to perf_event_open\n"},
    {RrProblem::spec_lock_map,
     "[FATAL src/PerfCounters_x86.h:300] On Zen CPUs, rr will not work reliably unless you disable "
     "the hardware SpecLockMap optimization.\n"},
    {RrProblem::freeze_on_smi,
     "[FATAL src/PerfCounters_x86.h:320] Freezing performance counters on SMIs should be enabled "
     "for maximum rr\nreliability\n"},
    {RrProblem::ptrace_denied,
     "[FATAL src/Task.cc:1] PTRACE_SEIZE failed for tid 12; this operation is not permitted\n"},
    {RrProblem::ptrace_denied, "Tracee died before reaching SIGSTOP\n"},
    {RrProblem::sandboxed, "[FATAL src/util.cc:9] Couldn't bind to CPU 1\n"},
    {RrProblem::other_machine,
     "[FATAL src/TraceStream.cc:1] Trace was recorded on a machine that defines ticks differently "
     "to this machine; replay will not work.\n"},
    {RrProblem::incomplete, "rr: Trace directory '/x' does not exist\n"},
    {RrProblem::incomplete, "rr recording terminated abnormally and the trace is incomplete\n"},
    {RrProblem::diverged,
     "[FATAL src/ReplaySession.cc:1] Assertion `ticks_now == trace_ticks' failed to hold.\n"},
    {RrProblem::other, "[FATAL src/Moon.cc:1] The moon is full\n"},
    {RrProblem::other, ""},
};

TEST(RrComplaints, EachMessageIsOfItsKindAlsoAmongOtherLines) {
  for (const Case& c : kCases) {
    EXPECT_EQ(classify_rr(c.output).problem, c.problem) << c.output;
    if (c.output[0] == '\0') continue;
    const std::string among = std::string("rr: Saving execution to trace directory `/tmp/t'.\n") +
                              c.output + "=== Start rr backtrace:\n/usr/bin/rr(+0x7)[0x55]\n";
    EXPECT_EQ(classify_rr(among).problem, c.problem) << among;
  }
}

TEST(RrComplaints, TheLineIsQuotedWithoutWhereInRrItStandsAndWithoutItsAdvice) {
  EXPECT_EQ(classify_rr(kCases[4].output).said,
            "Unable to open performance counter with 'perf_event_open'");
  EXPECT_EQ(classify_rr("[FATAL src/Moon.cc:1] The moon is full\n").said, "The moon is full");
  EXPECT_EQ(classify_rr("").said, "it says nothing");
}

TEST(RrComplaints, EveryKindHasItsOwnNameAndAdvice) {
  std::set<std::string> names;
  for (unsigned i = 0; i <= static_cast<unsigned>(RrProblem::other); i++) {
    const auto problem = static_cast<RrProblem>(i);
    EXPECT_TRUE(names.insert(name_of(problem)).second) << name_of(problem);
    if (problem != RrProblem::none) EXPECT_STRNE(advice_for(problem), "") << name_of(problem);
  }
}

}  // namespace
}  // namespace rw::engine
