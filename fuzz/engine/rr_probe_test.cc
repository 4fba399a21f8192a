// The ladder of ways to record, tried on small scripts that act like an rr: which one is taken, and
// what is said if none works. A real rr is tried in fuzz/cli/record_test.cc.
#include "fuzz/engine/rr_probe.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "fuzz/engine/clock.h"
#include "fuzz/engine/files.h"
#include "fuzz/engine/test_folder.h"
#include "fuzz/engine/two_threads.h"

namespace rw::engine {
namespace {

const std::vector<std::string> kHelper = {"/bin/echo", "the helper ran"};

// An rr whose `record` runs the rest of the line behind "-o DIR", whose `replay` says the same
// again; `first` is shell code that runs before, with all arguments in $*.
std::string rr_that(const TestFolder& folder, const std::string& first) {
  const std::string path = folder / "rr";
  const std::string script = "#!/bin/sh\ncase $1 in --version) echo rr version 9; exit 0;; esac\n" +
                             first +
                             "\ncase $1 in\n"
                             "record) while [ $1 != -o ]; do shift; done; shift 2; exec \"$@\";;\n"
                             "replay) echo the helper ran;;\n"
                             "esac\n";
  EXPECT_EQ(write_whole(path, script), "");
  ::chmod(path.c_str(), 0755);
  return path;
}

constexpr const char* kNoCounters =
    "echo '[FATAL ./src/PerfCounters.cc:306] Unable to open performance counter with x' >&2; exit "
    "1";
constexpr const char* kNoSoftware = "echo 'Invalid option -W' >&2; exit 1";

std::string unless_soft(const std::string& hardware, const std::string& software) {
  // A word of its own: the name of a temporary folder may hold "-W".
  return "case \" $* \" in *\" -W \"*) " + software + ";; *) " + hardware + ";; esac";
}

TEST(RrProbe, HardwareCountersAreTakenIfTheyWork) {
  TestFolder folder;
  const RrProbe probe = probe_rr(RrWanted::any, rr_that(folder, ""), kHelper);
  EXPECT_TRUE(probe.works);
  EXPECT_FALSE(probe.rr.software);
  EXPECT_EQ(probe.attempts.size(), 1U);
  EXPECT_EQ(in_words(probe), "recording with hardware counters");
  EXPECT_EQ(probe.rr.version, "rr version 9");
}

TEST(RrProbe, SoftwareCountersAreTakenElseAndTheReasonIsSaid) {
  TestFolder folder;
  const std::string rr = rr_that(folder, unless_soft(kNoCounters, ":"));
  const RrProbe probe = probe_rr(RrWanted::any, rr, kHelper);
  EXPECT_TRUE(probe.works);
  EXPECT_TRUE(probe.rr.software);
  EXPECT_EQ(probe.rr.replay_options(), std::vector<std::string>{"-W"});
  EXPECT_EQ(in_words(probe),
            "recording with software counters (hardware: no hardware counters: Unable to open "
            "performance counter with x)");
  EXPECT_FALSE(probe_rr(RrWanted::hardware, rr, kHelper).works);
}

TEST(RrProbe, WithoutEitherTheReasonIsThatOfTheHardware) {
  TestFolder folder;
  const std::string rr = rr_that(folder, unless_soft(kNoCounters, kNoSoftware));
  const RrProbe probe = probe_rr(RrWanted::any, rr, kHelper);
  EXPECT_FALSE(probe.works);
  EXPECT_EQ(probe.why_not.problem, RrProblem::no_counters);
  EXPECT_EQ(probe.attempts.size(), 3U);  // -W -n need not be tried
  EXPECT_EQ(probe_rr(RrWanted::software, rr, kHelper).why_not.problem, RrProblem::no_software);
}

TEST(RrProbe, AnRrThatDoesNotReplayWhatItRecordsIsNotTrusted) {
  TestFolder folder;
  const std::string says_less = rr_that(folder, "[ $1 = replay ] && exit 0");
  EXPECT_EQ(probe_rr(RrWanted::hardware, says_less, kHelper).why_not_hardware.problem,
            RrProblem::diverged);
  const std::string fails = rr_that(folder, "[ $1 = replay ] && exit 134");
  const RrProbe probe = probe_rr(RrWanted::hardware, fails, kHelper);
  EXPECT_FALSE(probe.works);
  EXPECT_EQ(probe.why_not.problem, RrProblem::diverged);
}

TEST(RrProbe, TheSyscallBufferIsDoneWithoutWhereItIsInTheWay) {
  TestFolder folder;
  const std::string rr = rr_that(folder,
                                 "case \"$* \" in replay*|*\" -n \"*) ;; "
                                 "*) echo Failed to perf_event_open >&2; exit 134;; esac");
  const RrProbe probe = probe_rr(RrWanted::any, rr, kHelper);
  EXPECT_TRUE(probe.works);
  EXPECT_EQ(probe.rr.options, std::vector<std::string>{"-n"});
}

TEST(RrProbe, EndsAtOnceWhenItIsToldTo) {
  TestFolder folder;
  const double began = now();
  const RrProbe probe = probe_rr(RrWanted::any, rr_that(folder, "exec sleep 1000"), kHelper,
                                 [&] { return now() > began + 0.3; });
  EXPECT_EQ(probe.attempts.size(), 1U) << "no other way to record is tried";
  EXPECT_FALSE(probe.works);
  EXPECT_EQ(probe.why_not.problem, RrProblem::interrupted);
  EXPECT_EQ(in_words(probe), "no recording (interrupted); run it again");
}

TEST(RrProbe, NoRrIsSaidAsSuch) {
  const RrProbe probe = probe_rr(RrWanted::any, "/nowhere/rr", kHelper);
  EXPECT_EQ(probe.why_not.problem, RrProblem::not_installed);
  EXPECT_NE(in_words(probe).find("/nowhere/rr is no program"), std::string::npos);
}

TEST(RrProbe, TheHelpersTwoThreadsCountTogether) {
  EXPECT_EQ(two_threads(), "two threads counted to 200");
}

}  // namespace
}  // namespace rw::engine
