// Which runs get to what a design changes: rw::Target::asked_counts.
#include "targets/mm/design.h"

#include "targets/mm/harness_test.h"

namespace rw::mm::test {

namespace {

// How often cow_notify was asked for with another value than its default while `ops` ran.
std::uint64_t asked_for(const std::string& design, const std::string& ops) {
  const std::uint64_t before = target().asked_counts()[axis_cow_notify];
  EXPECT_EQ(replay(design, "T0:\n" + ops + "schedule:\n  T0 until end\n"), "");
  return target().asked_counts()[axis_cow_notify] - before;
}

constexpr const char* kWriteToTheZeroPage = "  cpu_read mm0 0x3\n  cpu_write mm0 0x3\n";

TEST(Design, AnAxisCountsTheRunsThatAskForAValueThatIsNotTheDefault) {
  EXPECT_GT(asked_for("cow_notify=after", kWriteToTheZeroPage), 0U);
}

TEST(Design, AnAxisDoesNotCountWhereNothingAsksForIt) {
  EXPECT_EQ(asked_for("cow_notify=after", "  cpu_read mm0 0x3\n"), 0U);
}

TEST(Design, TheDefaultCountsNowhere) {
  EXPECT_EQ(asked_for("default", kWriteToTheZeroPage), 0U);
}

}  // namespace

}  // namespace rw::mm::test
