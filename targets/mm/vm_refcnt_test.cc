// Faults that hold their area by vm_refcnt, by hand.
#include "targets/mm/vm_refcnt.h"

#include "targets/mm/harness_test.h"

namespace rw::mm::test {

namespace {

constexpr const char* kTypeStable = "fault_path=vm_refcnt vma_free=type_stable";

// The fault has found the area and not yet counted itself in; its memory is mm1's meanwhile, which
// exits. It drops its count when the exit has said that it waits, and the exit is over before it
// wakes anybody.
constexpr const char* kRecycledAndGone = R"(T0:
  fault mm0 0x0 read
T1:
  munmap mm0 0x0
  mm1 = fork mm0
  exit mm1
schedule:
  T0 until vm_refcnt_start_read#3
  T1 until 2:__vma_enter_locked
  T0 until vma_refcount_put
  T1 until 2:__vma_enter_locked#2
  T0 until vma_refcount_put#2
  T1 until end
  T0 until end
)";

TEST(VmRefcnt, AFaultThatHasGotAnotherMmsAreaKeepsThatMmUntilItHasWokenIt) {
  EXPECT_TRUE(is_right(kTypeStable));
  EXPECT_EQ(reached_in(kTypeStable, kRecycledAndGone, reach_counter::vma_recycled_since_found), 1U);
  EXPECT_FALSE(search(program_of(kTypeStable, kRecycledAndGone), 60));
}

TEST(VmRefcnt, WithoutThatItWakesWhoWaitsInAFreedMm) {
  const std::string design = std::string(kTypeStable) + " vma_recycled=wakes_mm";
  EXPECT_FALSE(is_right(design));
  EXPECT_EQ(replay(design, kRecycledAndGone), "use-after-free");
}

TEST(VmRefcnt, BehindAGracePeriodTheMemoryOfAnAreaThatWasFoundCannotBecomeAnothers) {
  const std::string design = "fault_path=vm_refcnt vma_recycled=unchecked";
  EXPECT_TRUE(is_right(design));
  EXPECT_FALSE(is_right(design + " vma_free=type_stable"));
  const program::Program p = program_of("fault_path=vm_refcnt", kRecycledAndGone);
  const std::uint64_t before = count_of(reach_counter::vma_recycled_since_found);
  EXPECT_FALSE(search(p, 60));
  EXPECT_EQ(count_of(reach_counter::vma_recycled_since_found), before);
}

TEST(VmRefcnt, AWriterThatWaitsKeepsNewFaultsOut) {
  const std::uint64_t busy = count_of(reach_counter::vma_busy);
  const std::uint64_t woken = count_of(reach_counter::vma_writer_woken);
  EXPECT_EQ(replay(kTypeStable, R"(T0:
  fault mm0 0x0 read
T1:
  mprotect mm0 0x0 read
T2:
  fault mm0 0x1 read
schedule:
  T0 until vma_refcount_put
  T1 until blocked
  T2 until blocked
  T0 until end
  T1 until end
  T2 until end
)"),
            "");
  EXPECT_EQ(count_of(reach_counter::vma_busy), busy + 1);
  EXPECT_EQ(count_of(reach_counter::vma_writer_woken), woken + 1);
}

TEST(VmRefcnt, AFaultThatComesAfterTheRemovalFindsACountOfZeroAndTakesMmapSem) {
  EXPECT_EQ(reached_in(kTypeStable, R"(T0:
  fault mm0 0x0 read
T1:
  munmap mm0 0x0
schedule:
  T0 until vm_refcnt_start_read#3
  T1 until end
  T0 until end
)",
                       reach_counter::vma_busy),
            1U);
}

TEST(VmRefcnt, ARemovalWaitsForAFaultThatOnlyLooksIn) {
  EXPECT_EQ(reached_in(kTypeStable, R"(T0:
  fault mm0 0x0 read
T1:
  munmap mm0 0x0
schedule:
  T0 until vm_refcnt_start_read#3
  T1 until vm_refcnt_detach
  T0 until vma_refcount_put
  T1 until blocked
  T0 until blocked
  T1 until end
  T0 until end
)",
                       reach_counter::vma_writer_waited),
            1U);
}

}  // namespace

}  // namespace rw::mm::test
