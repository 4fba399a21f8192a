// What drivers and register rely on, by hand: one schedule each.
#include "targets/mm/harness_test.h"
#include "targets/mm/reach.h"

namespace rw::mm::test {

namespace {

std::uint64_t count(reach_counter what) {
  return target().reach_counts()[static_cast<std::size_t>(what)];
}

// unregister's release has begun when exit calls release again.
std::string exit_during_release(const char* unregister_stops, const char* exit_stops) {
  return std::string(R"(setup:
  d0 = register mm0 gru
  secondary_fault d0 0x0 read
T0:
  unregister d0
T1:
  exit mm0
schedule:
  T0 until )") +
         unregister_stops + "\n  T1 until " + exit_stops + "\n  T0 until end\n  T1 until end\n";
}

TEST(MmuNotifierRelease, ExitThatWaitsForNobodyFreesWhatAnotherReleaseIsAboutToFlush) {
  EXPECT_EQ(replay("18-exit-waits-for-nobody", exit_during_release("gru_flush_tlb_range", "end")),
            "stale-secondary");
}

TEST(MmuNotifierRelease, ExitWaitsForTheReleaseThatHasBegun) {
  EXPECT_EQ(replay("default", exit_during_release("gru_flush_tlb_range", "blocked")), "");
}

TEST(Gru, HardwareIgnoresAFillWhoseAddressWasFlushed) {
  const std::uint64_t before = count(reach_counter::gru_fill_ignored);
  EXPECT_EQ(replay("default", R"(setup:
  d0 = register mm0 gru
T0:
  madvise_dontneed mm0 0x0
T1:
  secondary_fault d0 0x0 read
  secondary_access d0 0x0 read
schedule:
  T1 until tfh_write_restart
  T0 until end
  T1 until end
)"),
            "");
  EXPECT_EQ(count(reach_counter::gru_fill_ignored), before + 1);
}

TEST(Gru, AFaultWaitsUntilNoInvalidationIsOpen) {
  const std::uint64_t before = count(reach_counter::gru_waited);
  EXPECT_EQ(replay("default", R"(setup:
  d0 = register mm0 gru
T0:
  madvise_dontneed mm0 0x0
T1:
  secondary_fault d0 0x0 read
schedule:
  T0 until zap_pte_range
  T1 until blocked
  T0 until end
  T1 until end
)"),
            "");
  EXPECT_EQ(count(reach_counter::gru_waited), before + 1);
}

// The device faults a page while another area's invalidation is open.
std::string fault_beside_an_invalidation(const char* fault_stops) {
  return std::string(R"(setup:
  d0 = register mm0 kvm
T0:
  madvise_dontneed mm0 0x0
T1:
  secondary_fault d0 0x2 read
schedule:
  T0 until zap_pte_range
  T1 until )") +
         fault_stops + "\n  T0 until end\n  T1 until end\n";
}

TEST(KvmRetry, OutsideTheHullOfOpenInvalidationsAFaultGoesOn) {
  const std::uint64_t refused = count(reach_counter::secondary_retry_count);
  EXPECT_EQ(replay("retry=hull", fault_beside_an_invalidation("end")), "");
  EXPECT_EQ(count(reach_counter::secondary_retry_count), refused);
  EXPECT_EQ(replay("default", fault_beside_an_invalidation("blocked")), "");
  EXPECT_GT(count(reach_counter::secondary_retry_count), refused);
}

constexpr const char* kNoPairs =
    "inval_site=every_page_in_ptl callbacks=atomic register_lock=none ";

// The race of the third mail, where no lock keeps register out and none has to: whoever clears a
// pte looks for subscribers behind that.
constexpr const char* kRegisterBeforeThePteGoes = R"(T0:
  truncate f0 0x0
T1:
  d0 = register mm0 kvm
  secondary_fault d0 0x2 read
schedule:
  T0 until zap_pte_range
  T1 until end
  T0 until end
)";

TEST(InvalidatePageInPtl, RegisterNeedsNoLockOfTheMm) {
  EXPECT_EQ(replay("register_lock=none", kRegisterBeforeThePteGoes), "stale-secondary");
  EXPECT_EQ(replay(kNoPairs, kRegisterBeforeThePteGoes), "");
}

// Taken by register alone a global lock lets the driver in; taken by truncate too, it does not.
TEST(MmuNotifierRegister, AGlobalLockMustBeTakenAroundEveryOther) {
  EXPECT_EQ(replay("register_lock=global_narrow", kRegisterBeforeThePteGoes), "stale-secondary");
  EXPECT_EQ(replay("register_lock=global_wide", R"(T0:
  truncate f0 0x0
T1:
  d0 = register mm0 kvm
  secondary_fault d0 0x2 read
schedule:
  T0 until zap_pte_range
  T1 until blocked
  T0 until end
  T1 until end
)"),
            "");
}

// A reference kept by the mapping turns a use of freed memory into wrong data.
TEST(KvmPages, APinnedPageStaysUntilItsMappingGoes) {
  const char* truncated_under_a_mapping = R"(setup:
  d0 = register mm0 kvm
  secondary_fault d0 0x2 read
T0:
  truncate f0 0x0
  secondary_access d0 0x2 read
schedule:
  T0 until end
)";
  EXPECT_EQ(replay("spte_page=pinned", truncated_under_a_mapping), "");
  EXPECT_EQ(replay("register_lock=none spte_page=unpinned", kRegisterBeforeThePteGoes),
            "stale-secondary");
  EXPECT_EQ(replay("register_lock=none spte_page=pinned", kRegisterBeforeThePteGoes),
            "notifier-imbalance");
}

// The device's fault has looked the page up when it goes.
constexpr const char* kZapBetweenLookUpAndInstall = R"(setup:
  d0 = register mm0 kvm
T0:
  madvise_dontneed mm0 0x0
T1:
  secondary_fault d0 0x0 read
schedule:
  T1 until try_fault#3
  T0 until end
  T1 until end
)";

TEST(InvalidatePageInPtl, OnlyTheSequenceTellsOfAPageThatHasGone) {
  EXPECT_EQ(replay(kNoPairs, kZapBetweenLookUpAndInstall), "");
  EXPECT_EQ(replay(std::string(kNoPairs) + "retry=seq_only", kZapBetweenLookUpAndInstall), "");
  EXPECT_EQ(replay(std::string(kNoPairs) + "retry=count_only", kZapBetweenLookUpAndInstall),
            "stale-secondary");
}

// One task, from start to end, without pairs. Each fails if the change it names is not told.
void expect_told(const std::string& setup, const std::string& ops) {
  EXPECT_EQ(replay(kNoPairs, "setup:\n" + setup + "T0:\n" + ops + "schedule:\n  T0 until end\n"),
            "");
}

constexpr const char* kDevice = "  d0 = register mm0 kvm\n";
constexpr const char* kDeviceAndHugePage =
    "  munmap mm0 0x0\n  munmap mm0 0x2\n  munmap mm0 0x3\n  mmap mm0 0x0 2 huge\n"
    "  cpu_write mm0 0x0\n  d0 = register mm0 kvm\n";

TEST(InvalidatePageInPtl, MremapTellsOfThePlaceThatPagesLeave) {
  expect_told(kDevice, "  secondary_fault d0 0x3 write\n  mremap mm0 0x3 0x5\n  munmap mm0 0x5\n");
}

TEST(InvalidatePageInPtl, ForkTellsOfWhatMayNotBeWrittenAnyMore) {
  constexpr const char* kOps =
      "  secondary_fault d0 0x0 write\n  mm1 = fork mm0\n  secondary_access d0 0x0 write\n"
      "  cpu_read mm1 0x0\n";
  expect_told(kDevice, kOps);
  expect_told(kDeviceAndHugePage, kOps);
}

TEST(InvalidatePageInPtl, CopyOnWriteOfAHugePageTellsOfEachPage) {
  expect_told(std::string(kDeviceAndHugePage) +
                  "  secondary_fault d0 0x0 read\n  mm1 = fork mm0\n"
                  "  secondary_fault d0 0x0 read\n",
              "  cpu_write mm0 0x0\n  secondary_access d0 0x0 read\n");
}

// The guest may write 0x0, and then the process may not.
constexpr const char* kGuestWritesAndMprotect = R"(setup:
  d0 = register mm0 kvm
  secondary_fault d0 0x0 write
T0:
  mprotect mm0 0x0 read
schedule:
  T0 until end
)";

TEST(Mprotect, WithoutAWordToSubscribersADeviceGoesOnWriting) {
  EXPECT_EQ(replay("mprotect-without-notifier", kGuestWritesAndMprotect), "stale-secondary");
}

TEST(Mprotect, TakesTheRightToWriteFromDevicesToo) {
  EXPECT_EQ(replay("default", kGuestWritesAndMprotect), "");
  EXPECT_EQ(replay("callbacks=atomic inval_site=every_page_in_ptl", kGuestWritesAndMprotect), "");
}

// The reaper has cleared a huge pmd that a guest maps, and is about to tell it.
std::string second_zap(const char* madvise_stops) {
  return std::string(R"(setup:
  mmap mm0 0x0 2 huge
  d0 = register mm0 kvm
  secondary_access d0 0x4 write
T0:
  madvise_dontneed mm0 0x4
  secondary_access d0 0x4 read
T1:
  oom_reap mm0
schedule:
  T1 until kvm_mmu_notifier_invalidate_page#4
  T0 until )") +
         madvise_stops + "\n  T1 until end\n  T0 until end\n";
}

TEST(InvalidatePageInPtl, AZapThatGoesOnFromAClearedPmdIsDoneBeforeTheGuestHears) {
  EXPECT_EQ(replay("callbacks=atomic inval_site=every_page_in_ptl zap_none_pmd=passes",
                   second_zap("end")),
            "wrong-data");
}

TEST(InvalidatePageInPtl, AZapWaitsForWhoHasClearedThePmdAndNotToldYet) {
  EXPECT_EQ(replay("callbacks=atomic inval_site=every_page_in_ptl", second_zap("blocked")), "");
}

}  // namespace

}  // namespace rw::mm::test
