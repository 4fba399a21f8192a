#include "targets/kernel/spinlock.h"

#include <gtest/gtest.h>

#include "targets/kernel/harness_test.h"

namespace rw::kernel::test {

struct SpinWorld {
  spinlock_t lock;
  spinlock_t other;
  sync::cell<int> count{0};
  sync::ghost<int> inside;
  sync::ghost<int> seen_locked;
};

}  // namespace rw::kernel::test

RW_TYPE_NAMED(rw::kernel::test::SpinWorld, "spin_world", lock, other, count)

namespace rw::kernel::test {

namespace {

void init(SpinWorld& w) {
  spin_lock_init(&w.lock);
  spin_lock_init(&w.other);
}

void add_one(SpinWorld& w) {
  spin_lock(&w.lock);
  if (w.inside.add(1) != 1) sync::fail("invariant", {"two inside"}, "two tasks hold the lock");
  w.count.set(w.count.get() + 1);
  w.inside.add(-1);
  spin_unlock(&w.lock);
}

std::string count_of(SpinWorld& w) {
  return std::to_string(w.count.peek());
}

TEST(Spinlock, ExcludesAndOrders) {
  const Program<SpinWorld> p{
      .options = {}, .init = init, .bodies = {add_one, add_one, add_one}, .outcome = count_of};
  EXPECT_SILENT(p, "3");
}

TEST(Spinlock, TrylockFailsOnlyWhileHeld) {
  const auto attempt = [](SpinWorld& w) {
    if (!spin_trylock(&w.lock)) return;
    w.count.set(w.count.get() + 1);
    spin_unlock(&w.lock);
  };
  const Program<SpinWorld> p{
      .options = {}, .init = init, .bodies = {attempt, attempt, add_one}, .outcome = count_of};
  EXPECT_SILENT(p, "1", "2", "3");
}

TEST(Spinlock, ProbeSeesTheHolder) {
  const auto hold = [](SpinWorld& w) {
    spin_lock(&w.lock);
    sync::relax();
    spin_unlock(&w.lock);
  };
  const auto probe = [](SpinWorld& w) { w.seen_locked.set(spin_is_locked(&w.lock) ? 1 : 0); };
  const Program<SpinWorld> p{
      .options = {}, .init = init, .bodies = {hold, probe}, .outcome = [](SpinWorld& w) {
        return std::to_string(w.seen_locked.get());
      }};
  EXPECT_SILENT(p, "0", "1");
}

TEST(Spinlock, CriticalSectionsOfOneTaskOnlyAreARace) {
  const auto unprotected = [](SpinWorld& w) { w.count.set(w.count.get() + 1); };
  const Program<SpinWorld> p{
      .options = {}, .init = init, .bodies = {add_one, unprotected}, .outcome = count_of};
  EXPECT_CAUGHT(p, "data-race");
}

TEST(Spinlock, HoldersOfDifferentLocksRace) {
  const auto with_other = [](SpinWorld& w) {
    spin_lock(&w.other);
    w.count.set(w.count.get() + 1);
    spin_unlock(&w.other);
  };
  const Program<SpinWorld> p{
      .options = {}, .init = init, .bodies = {add_one, with_other}, .outcome = count_of};
  EXPECT_CAUGHT(p, "data-race");
}

TEST(Spinlock, UnlockByAnotherTaskIsCaught) {
  const auto lock_only = [](SpinWorld& w) {
    spin_lock(&w.lock);
    sync::relax();
    spin_unlock(&w.lock);
  };
  const auto unlock_only = [](SpinWorld& w) { spin_unlock(&w.lock); };
  const Program<SpinWorld> p{
      .options = {}, .init = init, .bodies = {lock_only, unlock_only}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "unlock-not-owner");
}

TEST(Spinlock, LeftLockedAtTheEndOfAnOpIsALeak) {
  const auto leak = [](SpinWorld& w) { spin_lock(&w.lock); };
  const Program<SpinWorld> p{.options = {}, .init = init, .bodies = {leak}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "lock-leak");
}

TEST(Spinlock, SleepingInsideIsCaughtAndNamesTheLock) {
  const auto sleep = [](SpinWorld& w) {
    spin_lock(&w.lock);
    might_sleep();
    spin_unlock(&w.lock);
  };
  const Program<SpinWorld> p{.options = {}, .init = init, .bodies = {sleep}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "sleep-in-atomic");
  const Seen seen = explore(p, Granularity::coarse, 1);
  ASSERT_TRUE(seen.example.contains("sleep-in-atomic"));
  EXPECT_EQ(seen.example.at("sleep-in-atomic").parts[1], "spin_world.lock");
}

}  // namespace

}  // namespace rw::kernel::test
