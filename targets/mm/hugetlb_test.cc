// Shared page tables by hand: what the known-wrong designs do, and the right ones in the same
// place.
#include "targets/mm/harness_test.h"
#include "targets/mm/reach.h"

namespace rw::mm::test {

namespace {

// mm0 and mm1 map two pages of f1 and have one table for them.
constexpr const char* kShared = R"(setup:
  mmap mm0 0x4 2 f1
  cpu_write mm0 0x4
  mm1 = fork mm0
  cpu_read mm1 0x4
)";

std::string with_shared(const char* rest) {
  return std::string(kShared) + rest;
}

std::uint64_t reached_so_far(reach_counter counter) {
  return target().reach_counts()[static_cast<std::size_t>(counter)];
}

// The oracles at the end of each run compare mapcounts, references and owners with the ptes.
TEST(HugePmdShare, TheSecondProcessTakesTheTableAndFindsThePageMapped) {
  const std::uint64_t shared = reached_so_far(reach_counter::pmd_shared);
  const std::uint64_t read_in = reached_so_far(reach_counter::file_read_in);
  EXPECT_EQ(replay("default", with_shared("T0:\n  cpu_read mm1 0x5\nschedule:\n  T0 until end\n")),
            "");
  EXPECT_EQ(reached_so_far(reach_counter::pmd_shared), shared + 1);
  EXPECT_EQ(reached_so_far(reach_counter::file_read_in), read_in + 3);  // f0's first page too
}

TEST(HugePmdShare, AnAreaThatHasHalfOfATableDoesNotShareIt) {
  const std::uint64_t shared = reached_so_far(reach_counter::pmd_shared);
  constexpr const char* kHalf = R"(setup:
  mmap mm0 0x4 2 f1
  munmap_page mm0 0x4
  cpu_write mm0 0x5
  mm1 = fork mm0
T0:
  cpu_read mm1 0x5
schedule:
  T0 until end
)";
  EXPECT_EQ(replay("default", kHalf), "");
  EXPECT_EQ(reached_so_far(reach_counter::pmd_shared), shared);
}

TEST(HugePmdUnshare, WithoutAFlushMunmapLeavesItsOwnTranslations) {
  const std::string body = with_shared(R"(T0:
  cpu_read mm0 0x4
  munmap mm0 0x4
schedule:
  T0 until end
)");
  EXPECT_EQ(replay("58-unshare-without-flush", body), "stale-tlb");
  EXPECT_EQ(replay("default", body), "");
}

// The device has read the pmd of mm1 and not yet the pte. mm1 gives the table up, and mm0 puts a
// page of its own into it.
constexpr const char* kWalkInALostTable = R"(  d0 = register mm1 kvm
T0:
  secondary_fault d0 0x5 read
T1:
  munmap mm1 0x4
  munmap_page mm0 0x5
  mmap mm0 0x5 1 anon
  cpu_write mm0 0x5
schedule:
  T0 until gup_pte#2
)";

TEST(HugePmdUnshare, AFlushDoesNotWaitForAWalkThatRcuProtects) {
  const std::string body = with_shared(kWalkInALostTable) + "  T1 until end\n  T0 until end\n";
  EXPECT_EQ(replay("58-unshare-waits-for-no-walk", body), "invariant");
}

TEST(HugePmdUnshare, WaitsForAWalkBeforeTheTableIsAnotherProcesss) {
  // Its walk over, the device finds nothing and waits for mmap_sem.
  const std::string body =
      with_shared(kWalkInALostTable) +
      "  T1 until blocked\n  T0 until blocked\n  T1 until end\n  T0 until end\n";
  EXPECT_EQ(replay("table_free=rcu", body), "");
  // Where interrupts are off in a walk the flush is what waits.
  EXPECT_EQ(replay("table_free=ipi pmd_unshare=flush", body), "");
  const program::Program p = program_of("table_free=ipi pmd_unshare=flush", body);
  EXPECT_TRUE(program::verdict(target(), p.design).right());
}

TEST(HugePmdShare, ATableOfAnAreaThatIsUnmappedIsFreedWithTheNewOwnersPte) {
  const std::string body = with_shared(R"(T0:
  munmap mm0 0x4
T1:
  munmap mm1 0x4
  mmap mm1 0x4 2 f1
  cpu_write mm1 0x4
  munmap mm1 0x4
schedule: random seed 1
)");
  const auto failure = search(program_of("table-shared-with-a-dying-area", body), 60);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->kind, "invariant");
  EXPECT_EQ(search(program_of("default", body), 60), std::nullopt);
}

}  // namespace

}  // namespace rw::mm::test
