// KSM by example: one schedule each, on the wrong design and on the right one.
#include "targets/mm/harness_test.h"

namespace rw::mm::test {

namespace {

// The second page is written when it has been compared and is about to be write-protected.
constexpr const char* kWriteDuringMerge = R"(setup:
  fault mm0 0x1 write
T0:
  ksm_merge mm0 0x0 mm0 0x1
  cpu_read mm0 0x1
T1:
  cpu_write mm0 0x1
schedule:
  T0 until lock_pte_of#4
  T1 until end
  T0 until end
)";

TEST(KsmMerge, WithoutASecondComparisonLosesAWrite) {
  EXPECT_EQ(replay("ksm-compares-before-it-protects", kWriteDuringMerge), "wrong-data");
}

TEST(KsmMerge, ComparesAgainWhatItHasWriteProtected) {
  EXPECT_EQ(replay("default", kWriteDuringMerge), "");
}

// A debugger has looked up the first page and writes it when both are one.
constexpr const char* kPinnedDuringMerge = R"(setup:
  fault mm0 0x1 write
T0:
  ksm_merge mm0 0x0 mm0 0x1
  cpu_read mm0 0x1
T1:
  forced_write mm0 0x0
schedule:
  T1 until write_pinned
  T0 until 1:access_page
  T1 until end
  T0 until end
)";

TEST(KsmMerge, OfAPinnedPageLetsAWriteShowInTwoPlaces) {
  EXPECT_EQ(replay("ksm-merges-what-is-pinned", kPinnedDuringMerge), "wrong-data");
}

TEST(KsmMerge, LeavesAPinnedPageAlone) {
  EXPECT_EQ(replay("default", kPinnedDuringMerge), "");
}

// The lookup has read a page's anon_vma, which goes while the page stays mapped elsewhere.
constexpr const char* kMergeDuringLookup = R"(setup:
  mm1 = fork mm0
  fault mm1 0x0 write
  mm2 = fork mm1
  exit mm1
T0:
  page_referenced
T1:
  ksm_merge mm2 0x0 mm0 0x0
  exit mm2
  cpu_write mm0 0x3
schedule:
  T0 until lock_under_rcu#3
  T1 until end
  T0 until end
)";

TEST(KsmMerge, OfACleanPageThatIsLookedUpLeavesTheLookupWithARecycledAnonVma) {
  EXPECT_EQ(replay("ksm-takes-a-page-that-is-looked-up", kMergeDuringLookup), "data-race");
}

TEST(KsmMerge, CountsReferencesOfCleanPagesToo) {
  EXPECT_EQ(replay("default", kMergeDuringLookup), "");
}

TEST(KsmPage, IsCopiedByAWriteAndFoundByReclaimInBothPlacesAndInAChild) {
  const program::Program p = program_of("default", R"(setup:
  fault mm0 0x3 write
  ksm_merge mm0 0x0 mm0 0x3
  mm1 = fork mm0
T0:
  reclaim lru1
  cpu_write mm0 0x0
  cpu_read mm0 0x3
T1:
  cpu_write mm1 0x0
  cpu_read mm1 0x3
T2:
  reclaim lru0
  mremap mm0 0x3 0x4
  cpu_read mm0 0x4
schedule: random seed 1
)");
  EXPECT_EQ(search(p, 100), std::nullopt);
}

}  // namespace

}  // namespace rw::mm::test
