// racewalk conformance from outside.
#include <gtest/gtest.h>

#include "fuzz/cli/spawn.h"
#include "fuzz/engine/test_folder.h"

namespace rw::cli {
namespace {

using engine::TestFolder;

TEST(Conformance, RunsTheRowsOfATable) {
  TestFolder folder;
  const Outcome outcome =
      racewalk({"conformance", "--table",
                file_with(folder,
                          "row: mine1\nT0: x.rlx=1; r0=y.rlx\nT1: y.rlx=1; r0=x.rlx\n"
                          "outcome: 0:r0=0 & 1:r0=0\n")});
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_SAYS(outcome, "mine1");
  EXPECT_SAYS(outcome, "3 shown of  all 8 executions");
  EXPECT_SAYS(outcome, "0 of 0 rows right, 0 known gaps, 0 wrong; 1 without a verdict");
  const Outcome mistake =
      racewalk({"conformance", "--table",
                file_with(folder, "row: mine1\nT0: x.rlx=1; r0=y.relaxed\noutcome: 0:r0=0\n")});
  EXPECT_EQ(mistake.status, 64);
  EXPECT_SAYS(mistake, ":2: in 'r0=y.relaxed': there is no order 'relaxed'");
}

TEST(Conformance, RunsTheRowsThatAreNamed) {
  const Outcome outcome = racewalk({"conformance", "C7", "L2"});
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_SAYS(outcome, "allowed");
  EXPECT_SAYS(outcome, "2 of 2 rows right");
  const Outcome other = racewalk({"conformance", "L2", "--memory", "weak"});
  EXPECT_EQ(other.status, 64) << other.output;
  EXPECT_SAYS(other, "L2 is a row of lkmm");
  TestFolder folder;
  const std::string table =
      file_with(folder, "row: mine1\nT0: x.rlx=1; r0=y.rlx\noutcome: 0:r0=0\n");
  const Outcome none = racewalk({"conformance", "--table", table, "--memory", "lkmm"});
  EXPECT_EQ(none.status, 64) << none.output;
  EXPECT_SAYS(none, "has no row of lkmm");
}

TEST(Conformance, InterruptedItSaysWhichRowsWereNotRun) {
  // L58 has more executions than anybody waits for.
  Spawned spawned({"conformance", "C7", "L58"});
  ASSERT_TRUE(eventually([&] { return !spawned.said().empty(); }));
  spawned.signal(SIGINT);
  const Outcome outcome = spawned.wait();
  EXPECT_EQ(outcome.status, 130) << outcome.output;
  EXPECT_SAYS(outcome, "stopped in row L58, before 1 of 2 rows were run");
  EXPECT_SAYS(outcome, "1 of 1 rows right");
}

}  // namespace
}  // namespace rw::cli
