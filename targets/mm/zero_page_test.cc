// The zero pages by example: who maps them, and whose page a write goes to.
#include "targets/mm/harness_test.h"

namespace rw::mm::test {

namespace {

// How often the one task's program reached the mechanism.
std::uint64_t reached_alone(reach_counter mechanism, const std::string& ops) {
  return reached_in("default", "T0:\n" + ops + "schedule:\n  T0 until end\n", mechanism);
}

TEST(ZeroPage, AReadMapsItAndAWritePutsAPageOfTheAreasOwnInItsPlace) {
  EXPECT_EQ(reached_alone(reach_counter::zero_page_mapped, "  cpu_read mm0 0x3\n"), 1U);
  EXPECT_EQ(
      reached_alone(reach_counter::zero_page_copied, "  cpu_read mm0 0x3\n  cpu_write mm0 0x3\n"),
      1U);
  EXPECT_EQ(reached_alone(reach_counter::zero_page_copied, "  cpu_write mm0 0x3\n"), 0U);
}

TEST(ZeroPage, IsOnNoListAndInNobodysRmap) {
  EXPECT_EQ(reached_alone(reach_counter::swapped_out,
                          "  madvise_dontneed mm0 0x0\n  cpu_read mm0 0x0\n"
                          "  reclaim lru0\n  reclaim lru1\n"),
            0U);
}

TEST(ZeroPage, ADeviceThatReadsItIsToldOfTheWriteThatReplacesIt) {
  EXPECT_EQ(reached_alone(reach_counter::secondary_zapped,
                          "  d0 = register mm0 kvm\n  secondary_fault d0 0x3 read\n"
                          "  secondary_access d0 0x3 read\n  cpu_write mm0 0x3\n"),
            1U);
}

TEST(HugeZeroPage, AWriteToOneOfItsPagesBringsAHugePage) {
  constexpr const char* kOps = "  mmap mm0 0x4 2 huge\n  cpu_read mm0 0x4\n  cpu_write mm0 0x5\n";
  EXPECT_EQ(reached_alone(reach_counter::huge_zero_mapped, kOps), 1U);
  EXPECT_EQ(reached_alone(reach_counter::huge_zero_copied, kOps), 1U);
  EXPECT_EQ(reached_alone(reach_counter::huge_split, kOps), 0U);
}

TEST(HugeZeroPage, WithoutMemoryForAHugePageItBecomesPtesOfTheZeroPage) {
  constexpr const char* kOps =
      "  mmap mm0 0x4 2 huge\n  cpu_read mm0 0x4\n  fail_next_allocation 1\n  cpu_write mm0 0x5\n";
  EXPECT_EQ(reached_alone(reach_counter::huge_zero_split, kOps), 1U);
  EXPECT_EQ(reached_alone(reach_counter::zero_page_copied, kOps), 1U);
}

// The forced write has its copy and is about to look it up again.
constexpr const char* kDiscardDuringForcedWrite = R"(setup:
  mmap mm0 0x4 2 huge_readonly
T0:
  madvise_dontneed mm0 0x4
  remote_read mm0 0x4
T1:
  forced_write mm0 0x4
schedule:
  T1 until follow_forced#3
  T0 until end
  T1 until end
)";

TEST(ForcedWrite, AReadThatMarksAHugePmdDirtySendsItToTheHugeZeroPage) {
  EXPECT_EQ(replay("43-read-makes-huge-pmd-dirty", kDiscardDuringForcedWrite), "invariant");
}

TEST(ForcedWrite, ACleanHugeZeroPageIsCopiedOnceMore) {
  EXPECT_EQ(replay("default", kDiscardDuringForcedWrite), "");
}

TEST(ForcedWrite, ThatDropsItsDemandGoesToTheHugeZeroPageToo) {
  EXPECT_EQ(replay("72-forced-write-drops-its-demand", kDiscardDuringForcedWrite), "invariant");
}

}  // namespace

}  // namespace rw::mm::test
