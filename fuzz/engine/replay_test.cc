#include "fuzz/replay.h"

#include <gtest/gtest.h>

namespace rw {
namespace {

constexpr const char* kPlanted = R"(# racewalk 1
target: puzzles
design: puzzle=lost_update twin=planted
expect: invariant
key: k1-invariant-00000000
T0:
  role0
T1:
  role0
schedule:
  T0 until increment#2
  T1 until end
  T0 until end
)";

std::string fixed() {
  std::string text = kPlanted;
  return text.replace(text.find("planted"), 7, "fixed");
}

TEST(Replay, FailsWithThePictureWhileTheBugIsThere) {
  const Replay replay = rw::replay(kPlanted);
  EXPECT_FALSE(replay.passed());
  EXPECT_TRUE(replay.key.starts_with("k1-invariant-")) << replay.key;
  EXPECT_NE(replay.report().find("2 increments, the counter says 1"), std::string::npos);
  EXPECT_NE(replay.report().find("another failure than the k1-invariant-00000000"),
            std::string::npos);
  EXPECT_EQ(replay.divergence, "");
}

TEST(Replay, PassesWhenItIsFixedAndSaysWhereTheScheduleCouldNotBeFollowed) {
  const Replay replay = rw::replay(fixed());
  EXPECT_TRUE(replay.passed()) << replay.report();
  EXPECT_EQ(replay.picture, "");
  // The fixed twin makes one step where the planted one makes two.
  EXPECT_NE(replay.divergence, "");
  EXPECT_NE(replay.report().find("could not be followed"), std::string::npos);
}

TEST(Replay, SaysThatTheMemoryModelHasNoSuchExecution) {
  // T1 reads what T0's first store hid, and so comes before T0, which did not see T1: both by
  // seq_cst operations.
  const Replay replay = rw::replay(R"(# racewalk 1
target: classics
design: classic=dekker twin=fixed
memory: weak-exact
T0:
  role0
T1:
  role0
schedule:
  T0 until end
  T1 until end
  choose T1 stale_load = 2
)");
  EXPECT_TRUE(replay.passed()) << replay.report();
  EXPECT_NE(replay.divergence.find("C++20 has no such execution"), std::string::npos)
      << replay.divergence;
}

TEST(Replay, TellsWhatIsWrongWithTheTextInsteadOfPassing) {
  const Replay replay = rw::replay("# racewalk 1\ntarget: nm\n", "x");
  EXPECT_FALSE(replay.passed());
  EXPECT_TRUE(replay.report().starts_with("x:2: ")) << replay.report();
}

}  // namespace
}  // namespace rw
