// Splits by frozen refcounts: who waits for whom, and what keeps a huge page whole.
#include <filesystem>
#include <string_view>

#include "targets/mm/harness_test.h"
#include "targets/mm/page.h"

namespace rw::mm::test {

namespace {

// How often a mechanism was reached so far.
std::uint64_t reached_so_far(std::string_view name) {
  for (std::size_t i = 0; i < target().reach().size(); ++i)
    if (name == target().reach()[i]) return target().reach_counts()[i];
  ADD_FAILURE() << "no counter " << name;
  return 0;
}

// Parent and child have one huge page, each by a pmd of its own.
#define SHARED_HUGE_PAGE    \
  "setup:\n"                \
  "  mmap mm0 0x4 2 huge\n" \
  "  cpu_write mm0 0x4\n"   \
  "  mm1 = fork mm0\n"

TEST(SplitHugePmd, WaitsForAWriteFaultThatAddsTheCountsUp) {
  EXPECT_EQ(replay("thp_split=freeze", SHARED_HUGE_PAGE R"(T0:
  munmap_page mm0 0x5
  cpu_read mm0 0x4
T1:
  cpu_write mm1 0x4
schedule:
  T1 until do_huge_pmd_wp_page#6
  T0 until blocked
  T1 until end
  T0 until end
)"),
            "");
}

TEST(SplitHugePmd, WithoutThePageLockLetsAChildWriteInPlace) {
  EXPECT_EQ(replay("42-pmd-split-without-page-lock", SHARED_HUGE_PAGE R"(T0:
  munmap_page mm0 0x5
  cpu_read mm0 0x4
T1:
  cpu_write mm1 0x4
schedule:
  T1 until do_huge_pmd_wp_page#6
  T0 until 1:get_slot_mm
  T1 until end
  T0 until end
)"),
            "wrong-data");
}

TEST(SplitHugePmd, LeavesThePageWholeAndTheOtherProcessItsPmd) {
  const std::uint64_t split = reached_so_far("huge_split");
  const std::uint64_t zapped = reached_so_far("huge_zapped");
  EXPECT_EQ(replay("thp_split=freeze", SHARED_HUGE_PAGE R"(T0:
  munmap_page mm0 0x5
  madvise_dontneed mm1 0x4
schedule:
  T0 until end
)"),
            "");
  EXPECT_EQ(reached_so_far("huge_split"), split);
  EXPECT_EQ(reached_so_far("huge_zapped"), zapped + 1);
}

// Half a huge page is mapped, by a pte. The zap has cleared that and not the count.
constexpr const char* kReclaimDuringZap = R"(setup:
  mmap mm0 0x4 2 huge
  cpu_write mm0 0x4
  munmap_page mm0 0x5
T0:
  madvise_dontneed mm0 0x4
T1:
  reclaim lru0
schedule:
  T0 until zap_pte#3
  T1 until blocked
  T0 until end
  T1 until end
)";

TEST(SplitHugePageByFreeze, WaitsForAZapThatHasClearedThePte) {
  EXPECT_EQ(replay("thp_split=freeze", kReclaimDuringZap), "");
}

TEST(SplitHugePageByFreeze, LooksThatAreNotLockedMissTheZap) {
  EXPECT_EQ(replay("41-split-passes-over-a-zap", kReclaimDuringZap), "invariant");
}

TEST(SplitHugePageByFreeze, GivesUpAndMapsByPtesWhatWasPinnedMeanwhile) {
  const std::uint64_t split = reached_so_far("huge_split");
  const std::uint64_t remapped = reached_so_far("migration_entry_removed");
  EXPECT_EQ(replay("thp_split=freeze", R"(setup:
  mmap mm0 0x4 2 huge
  cpu_write mm0 0x5
  d0 = register mm0 kvm
T0:
  secondary_fault d0 0x5 read
  cpu_read mm0 0x5
T1:
  reclaim lru0
schedule:
  T1 until over_parts
  T0 until try_fault#3
  T1 until end
  T0 until end
)"),
            "");
  EXPECT_EQ(reached_so_far("huge_split"), split);
  EXPECT_EQ(reached_so_far("migration_entry_removed"), remapped + HPAGE_PMD_NR);
}

TEST(SplitHugePageByFreeze, DoesNotTouchAnyPmdOfAPageThatIsPinned) {
  const std::uint64_t remapped = reached_so_far("migration_entry_removed");
  EXPECT_EQ(replay("thp_split=freeze", R"(setup:
  mmap mm0 0x4 2 huge
  cpu_write mm0 0x5
  d0 = register mm0 kvm
T0:
  secondary_fault d0 0x5 read
T1:
  reclaim lru0
schedule:
  T0 until try_fault#3
  T1 until end
  T0 until end
)"),
            "");
  EXPECT_EQ(reached_so_far("migration_entry_removed"), remapped);
}

// A gather keeps the head, and so the tails, until the flush.
TEST(SplitHugePageByFreeze, LetsAHugeZapFlushWithTheRestOfItsGather) {
  constexpr const char* kBody = R"(setup:
  mmap mm0 0x4 2 huge
  cpu_write mm0 0x5
T0:
  madvise_dontneed mm0 0x4
T1:
  reclaim lru0
T2:
  cpu_read mm0 0x5
schedule: random seed 1
)";
  const std::string design = "thp_split=freeze huge_zap=gathered";
  EXPECT_TRUE(program::verdict(target(), program_of(design, kBody).design).right());
  EXPECT_EQ(search(program_of(design, kBody), 100), std::nullopt);
}

TEST(SplitHugePageByFreeze, SeedProgramsOfHugePagesAreSilent) {
  constexpr unsigned kSeeds = 60;  // per strategy
  const std::uint64_t split = reached_so_far("huge_split");
  for (const auto& entry : std::filesystem::directory_iterator(RACEWALK_SOURCE_DIR "/corpus/mm")) {
    if (!entry.path().filename().string().starts_with("huge_")) continue;
    const auto loaded = program::load(entry.path().string());
    ASSERT_TRUE(loaded.ok()) << loaded.error().text();
    program::Program p = loaded.value();
    p.design = program::parse_design(target(), "thp_split=freeze", p.design).value();
    const auto failure = search(p, kSeeds);
    EXPECT_FALSE(failure) << entry.path() << ": " << failure->kind << ": " << failure->message;
  }
  EXPECT_GT(reached_so_far("huge_split"), split);
}

TEST(GetUserPageFast, LooksForTheHeadAgainOnceItHasTheReference) {
  constexpr const char* kBody = R"(setup:
  mmap mm0 0x4 2 huge
  cpu_write mm0 0x4
  mprotect mm0 0x4 read
  d0 = register mm0 kvm
T0:
  secondary_fault d0 0x5 read
T1:
  migrate lru0
schedule:
  T0 until try_get_compound_head#2
  T1 until split_huge_page_by_freeze#3
  T0 until kvm_guest_fault
  T1 until end
  T0 until end
)";
  EXPECT_EQ(replay("gup-fast-takes-the-old-head", kBody), "invariant");
  const program::Program right = program_of("thp_split=freeze table_free=rcu", kBody);
  schedule::Replay strategy(right.schedule.decisions);
  EXPECT_FALSE(run_with(right, strategy).failure);
}

}  // namespace

}  // namespace rw::mm::test
