// Faults that hold nothing of their area, by hand.
#include "targets/mm/speculative_fault.h"

#include "targets/mm/harness_test.h"

namespace rw::mm::test {

namespace {

constexpr const char* kSpeculative = "fault_path=seqcount";

std::string with(const char* value) {
  return std::string(kSpeculative) + " " + value;
}

TEST(SpeculativeFault, InstallsNothingOnceTheCountHasChanged) {
  EXPECT_EQ(reached_in(kSpeculative, R"(setup:
  mm1 = fork mm0
T0:
  munmap mm1 0x0
T1:
  fault mm1 0x1 write
schedule:
  T1 until pte_map_lock
  T0 until free_pgd_range#2
  T1 until blocked
  T0 until end
  T1 until end
)",
                       reach_counter::vma_changed_since_found),
            1U);
}

TEST(SpeculativeFault, NobodyWhoChangesItsAreaWaitsForIt) {
  const std::string body = R"(T0:
  mprotect mm0 0x1 read
T1:
  fault mm0 0x1 write
schedule:
  T1 until fault_in_area
  T0 until end
  T1 until end
)";
  EXPECT_EQ(reached_in(kSpeculative, body, reach_counter::vma_changed_since_found), 1U);
  EXPECT_EQ(reached_in(kSpeculative, body, reach_counter::vma_writer_waited), 0U);
}

TEST(SpeculativeFault, InAnAreaThatIsBeingChangedTakesMmapSem) {
  EXPECT_EQ(reached_in(kSpeculative, R"(T0:
  mprotect mm0 0x0 read
T1:
  fault mm0 0x1 write
schedule:
  T0 until vm_write_begin#2
  T1 until blocked
  T0 until end
  T1 until end
)",
                       reach_counter::vma_busy),
            1U);
}

TEST(SpeculativeFault, LeavesPagesThatAreThereToFaultsWithMmapSem) {
  const std::string setup = "setup:\n  mm1 = fork mm0\nT0:\n";
  const std::string schedule = "schedule:\n  T0 until end\n";
  const auto mechanism = reach_counter::fault_without_mmap_sem;
  EXPECT_EQ(reached_in(kSpeculative, setup + "  fault mm1 0x1 write\n" + schedule, mechanism), 1U);
  EXPECT_EQ(reached_in(kSpeculative, setup + "  fault mm1 0x1 read\n" + schedule, mechanism), 1U);
  EXPECT_EQ(reached_in(kSpeculative, setup + "  fault mm1 0x0 write\n" + schedule, mechanism), 0U);
}

// The fault has found an area that is then cut, its half with the fault's address unmapped.
TEST(SpeculativeFault, LooksAtTheBoundsThatTheAreaHasByTheCountItNotes) {
  const std::string body = R"(T0:
  fault mm0 0x1 write
T1:
  munmap_page mm0 0x1
schedule:
  T0 until read_area
  T1 until end
  T0 until end
)";
  EXPECT_EQ(reached_in(kSpeculative, body, reach_counter::vma_changed_since_found), 1U);
  EXPECT_NE(replay(with("vma_recheck=detached_only"), body), "");
}

TEST(SpeculativeFault, ASectionOfSrcuKeepsTheAreaWhoseCountItReads) {
  const std::string body = R"(T0:
  fault mm0 0x1 write
T1:
  munmap mm0 0x0
schedule:
  T0 until read_area
  T1 until end
  T0 until end
)";
  EXPECT_EQ(replay(kSpeculative, body), "");
  EXPECT_EQ(replay(with("vma_free=at_once"), body), "use-after-free");
}

}  // namespace

}  // namespace rw::mm::test
