// The known bugs by hand: one schedule each on the wrong design, and the right twin under the same.
#include <cctype>
#include <filesystem>

#include "targets/mm/harness_test.h"

namespace rw::mm::test {

namespace {

// Truncate has looked for subscribers and found none; the driver registers and maps the page.
constexpr const char* kRegisterDuringTruncate = R"(T0:
  truncate f0 0x0
T1:
  d0 = register mm0 kvm
  secondary_fault d0 0x2 read
schedule:
  T0 until zap_pte_range
  T1 until end
  T0 until end
)";

TEST(MmuNotifierRegister, GlobalNarrowLockLetsStaleSecondaryMappingIn) {
  EXPECT_EQ(replay("12-register-narrow-lock", kRegisterDuringTruncate), "stale-secondary");
}

TEST(MmuNotifierRegister, NoLockLetsStaleSecondaryMappingIn) {
  EXPECT_EQ(replay("12-register-no-lock", kRegisterDuringTruncate), "stale-secondary");
}

TEST(MmuNotifierRegister, AllLocksWaitForTheTruncateThatIsUnderWay) {
  constexpr const char* kBody = R"(T0:
  truncate f0 0x0
T1:
  d0 = register mm0 kvm
  secondary_fault d0 0x2 read
schedule:
  T0 until zap_pte_range
  T1 until blocked
  T0 until end
  T1 until end
)";
  EXPECT_EQ(replay("default", kBody), "");
}

TEST(MmuNotifierRegister, NarrowLockAloneUnbalancesTheCountOfAnIdleDevice) {
  EXPECT_EQ(replay("12-register-narrow-lock", R"(T0:
  truncate f0 0x0
T1:
  d0 = register mm0 kvm
schedule:
  T0 until zap_pte_range
  T1 until end
  T0 until end
)"),
            "notifier-imbalance");
}

TEST(MmuNotifierRegister, WithoutMmapSemMadviseIsMissedToo) {
  constexpr const char* kBody = R"(setup:
  cpu_write mm0 0x0
T0:
  madvise_dontneed mm0 0x0
T1:
  d0 = register mm0 kvm
schedule:
  T0 until zap_pte_range
  T1 until end
  T0 until end
)";
  EXPECT_EQ(replay("12-register-no-lock", kBody), "notifier-imbalance");
  // mmap_sem keeps the narrow lock out of this one.
  EXPECT_EQ(search(program_of("12-register-narrow-lock", kBody), 20), std::nullopt);
}

// Exit has unlinked the device and is about to release it.
constexpr const char* kReclaimDuringExit = R"(setup:
  d0 = register mm0 kvm
  secondary_fault d0 0x0 write
T0:
  exit mm0
T1:
  reclaim lru1
schedule:
  T0 until kvm_mmu_notifier_release
  T1 until end
  T0 until end
)";

TEST(MmuNotifierRelease, UnlinkBeforeReleaseLetsReclaimFreeAMappedPage) {
  EXPECT_EQ(replay("17-unlink-before-release", kReclaimDuringExit), "stale-secondary");
}

TEST(MmuNotifierRelease, ReleaseBeforeUnlinkKeepsReclaimInformed) {
  EXPECT_EQ(replay("default", kReclaimDuringExit), "");
}

// Unregister has found the device in the list when exit takes it out.
constexpr const char* kUnregisterDuringExit = R"(setup:
  d0 = register mm0 kvm
T0:
  unregister d0
T1:
  exit mm0
schedule:
  T0 until kvm_mmu_notifier_release
  T1 until blocked
  T0 until end
  T1 until end
)";

TEST(MmuNotifierUnregister, DelRcuOnBothSidesDeletesTwice) {
  EXPECT_EQ(replay("18-double-delete", kUnregisterDuringExit), "invariant");
}

TEST(MmuNotifierUnregister, DelInitOnBothSidesIsANoOpTheSecondTime) {
  EXPECT_EQ(replay("default", kUnregisterDuringExit), "");
}

// The lookup has read the root and not yet tried its lock.
constexpr const char* kRecycleDuringLookup = R"(setup:
  mm1 = fork mm0
  cpu_write mm1 0x0
T0:
  page_referenced
T1:
  exit mm1
  cpu_write mm0 0x3
schedule:
  T0 until lock_under_rcu#3
  T1 until end
  T0 until end
)";

TEST(PageLockAnonVma, RefcountTestTrustsARecycledAnonVma) {
  const std::string kind = replay("2-refcount-test", kRecycleDuringLookup);
  // The walk holds the old root's lock over the new one's list.
  EXPECT_EQ(kind, "data-race");
}

TEST(PageLockAnonVma, SecondMappedTestNoticesARecycledAnonVma) {
  EXPECT_EQ(replay("default", kRecycleDuringLookup), "");
}

TEST(PageLockAnonVma, RecycledAnonVmaDoesNoHarmInQuarantine) {
  EXPECT_EQ(replay("2-refcount-test slab_reuse=quarantine", kRecycleDuringLookup), "");
}

constexpr const char* kUnmapDuringLookup = R"(T0:
  reclaim lru1
T1:
  munmap mm0 0x0
schedule:
  T0 until down_read_root
  T1 until end
  T0 until end
)";

TEST(PageLockAnonVma, PageLockDoesNotKeepTheAnonVma) {
  EXPECT_EQ(replay("8-page-lock-only", kUnmapDuringLookup), "use-after-free");
}

constexpr const char* kPinOutlivesRoot = R"(setup:
  mm1 = fork mm0
  cpu_write mm1 0x0
  h0 = page_get_anon_vma lru0
T0:
  exit mm0
  exit mm1
  put_anon_vma h0
schedule:
  T0 until end
)";

TEST(PutAnonVma, RootBeforeChildIsProbedAfterItsFree) {
  EXPECT_EQ(replay("1-root-freed-first", kPinOutlivesRoot), "use-after-free");
}

TEST(PutAnonVma, ChildBeforeRootIsRight) {
  EXPECT_EQ(replay("default", kPinOutlivesRoot), "");
}

TEST(PutAnonVma, RootBeforeChildIsRightIfNothingProbesTheLock) {
  const std::string design = "av_life=refcount_only av_free_order=root_then_child";
  EXPECT_EQ(replay(design, kPinOutlivesRoot), "");
  EXPECT_TRUE(program::verdict(target(), program_of(design, kPinOutlivesRoot).design).right());
}

std::string repro_of(const Rule& rule) {
  return RACEWALK_SOURCE_DIR "/repro/mm/" + std::string(rule.name) + ".race";
}

TEST(MmDesign, EachWrongRuleIsNamedByItsCatalogueNumberAndHasItsRepro) {
  for (const Rule& rule : target().rules()) {
    if (rule.verdict != RuleVerdict::wrong) continue;
    const std::string name = rule.name;
    if (rule.catalogue != 0)
      EXPECT_TRUE(name.starts_with(std::to_string(rule.catalogue) + "-")) << name;
    else
      EXPECT_EQ(std::isdigit(static_cast<unsigned char>(name[0])), 0) << name;
    EXPECT_FALSE(rule.detected_by.empty()) << name;
    EXPECT_TRUE(std::filesystem::exists(repro_of(rule))) << name;
  }
}

// Its own schedule as far as it goes, and many drawn ones.
void expect_silent_when_right(const std::string& file) {
  constexpr unsigned kSeeds = 30;  // per strategy
  auto loaded = program::load(file);
  ASSERT_TRUE(loaded.ok()) << loaded.error().text();
  program::Program p = loaded.value();
  const program::DesignValues right = program::default_design(target());
  for (std::size_t axis = 0; axis < right.size(); ++axis)
    if (right[axis] != program::kOpen) p.design[axis] = right[axis];
  schedule::Replay same(p.schedule.decisions);
  const exec::Result r = run_with(p, same);
  EXPECT_FALSE(r.failure) << file << ": " << describe(r);
  const auto failure = search(p, kSeeds);
  EXPECT_FALSE(failure) << file << ": " << failure->kind << ": " << failure->message;
}

TEST(MmDesign, ANumberWithSeveralWrongRulesIsAnErrorThatNamesThem) {
  const auto rule = program::find_known_wrong(target(), "45");
  ASSERT_FALSE(rule.ok());
  EXPECT_EQ(rule.error().text(),
            "number 45 has several known-wrong designs; write one of: 45-flush-behind-the-lock, "
            "45-per-cpu-gather-flushes-late");
}

TEST(MmDesign, EachReproIsSilentOnTheRightDesign) {
  for (const Rule& rule : target().rules())
    if (std::filesystem::exists(repro_of(rule))) expect_silent_when_right(repro_of(rule));
}

}  // namespace

}  // namespace rw::mm::test
