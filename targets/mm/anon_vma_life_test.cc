// Lifetimes of anon_vmas and their locks by hand: one schedule each, on designs it is right or
// wrong for.
#include "targets/mm/harness_test.h"

namespace rw::mm::test {

namespace {

// The lookup has read where the lock is and not yet taken it; the anon_vma comes back meanwhile,
// as a root.
std::string recycle_during_lookup(const std::string& until) {
  return R"(setup:
  mm1 = fork mm0
  cpu_write mm1 0x0
T0:
  page_referenced
T1:
  exit mm1
  cpu_write mm0 0x3
schedule:
  T0 until )" +
         until + R"(
  T1 until end
  T0 until end
)";
}

constexpr const char* kTypeStableOwn = "av_lock=spinlock_own av_life=type_stable callbacks=atomic";

TEST(TypeStableLookup, WithOwnLocksMayLockARecycledAnonVma) {
  EXPECT_TRUE(is_right(kTypeStableOwn));
  EXPECT_EQ(replay(kTypeStableOwn, recycle_during_lookup("lock_type_stable#2")), "");
}

TEST(TypeStableLookup, WithTheRootsLockReliesOnARecycledAnonVma) {
  const std::string design = "av_lock=spinlock av_life=type_stable callbacks=atomic";
  EXPECT_FALSE(is_right(design));
  EXPECT_EQ(replay(design, recycle_during_lookup("lock_type_stable#3")), "data-race");
}

TEST(TypeStableLookup, WithTheRootsLockNoticesItByTheSecondMappedTest) {
  const std::string design = "av_lock=spinlock av_life=recheck callbacks=atomic";
  EXPECT_TRUE(is_right(design));
  EXPECT_EQ(replay(design, recycle_during_lookup("lock_type_stable#3")), "");
}

TEST(ExternalRefcount, IsRightAndItsLookupNoticesARecycledAnonVma) {
  const std::string design = "av_lock=spinlock av_life=external_refcount callbacks=atomic";
  EXPECT_TRUE(is_right(design));
  EXPECT_EQ(replay(design, recycle_during_lookup("lock_type_stable#3")), "");
}

// The pin is the last thing that keeps the child's anon_vma, and that keeps the root.
constexpr const char* kPinOutlivesAreas = R"(setup:
  mm1 = fork mm0
  cpu_write mm1 0x0
  h0 = page_get_anon_vma lru0
T0:
  exit mm1
  exit mm0
  put_anon_vma h0
schedule:
  T0 until end
)";

TEST(ExternalRefcount, APinOutlivesTheAreasAndItsPutFreesChildAndRoot) {
  for (const char* order : {"child_then_root", "root_then_child"})
    for (const char* lock : {"spinlock", "spinlock_own"})
      EXPECT_EQ(replay("av_life=external_refcount callbacks=atomic av_free_order=" +
                           std::string(order) + " av_lock=" + lock,
                       kPinOutlivesAreas),
                "")
          << order << " " << lock;
}

// The lookup holds the page's map lock and has seen it mapped. The unmap waits for that under the
// pte lock, then the walk for the pte lock, and the unlink of the area for the walk.
TEST(PageMapLock, KeepsAMappedPageMappedUntilTheAnonVmaIsLocked) {
  const std::string design = "av_lock=spinlock_own av_life=page_map_lock callbacks=atomic";
  EXPECT_TRUE(is_right(design));
  EXPECT_EQ(replay(design, R"(setup:
  cpu_write mm0 0x0
T0:
  page_referenced
T1:
  munmap mm0 0x0
schedule:
  T0 until lock_under_page_map_lock#2
  T1 until blocked
  T0 until blocked
  T1 until blocked
  T0 until end
  T1 until end
)"),
            "");
}

TEST(SleepingLock, CannotBeTakenInTheRcuSectionThatKeepsTheMemory) {
  for (const char* lock : {"rwsem", "mutex", "rwsem_own"})
    for (const char* life : {"type_stable", "recheck", "external_refcount"}) {
      const std::string design =
          std::string("av_lock=") + lock + " av_life=" + life + " callbacks=atomic";
      EXPECT_FALSE(is_right(design)) << design;
      EXPECT_EQ(replay(design, R"(setup:
  cpu_write mm0 0x0
T0:
  page_referenced
schedule:
  T0 until end
)"),
                "sleep-in-atomic")
          << design;
    }
}

TEST(NamedDesigns, ParseAndAreRightOrWrongAsTheySay) {
  for (const NamedDesign& named : target().designs()) {
    const auto values = program::parse_design(target(), named.name);
    ASSERT_TRUE(values.ok()) << named.name << ": " << values.error().text();
  }
  for (const char* name : {"2.6.27", "3.0", "3.8", "6.4", "6.15", "today", "2004-page-map-lock",
                           "2008-mmu-notifier-v16", "2008-rwsem", "2010-sequence-counts"})
    EXPECT_TRUE(is_right(name)) << name;
  for (const char* name : {"2.6.27-as-shipped", "3.0-as-shipped", "6.4-as-shipped",
                           "6.15-as-shipped", "2004-page-lock", "2011-preemptible-v6"})
    EXPECT_FALSE(is_right(name)) << name;
}

}  // namespace

}  // namespace rw::mm::test
