#include "targets/kernel/context.h"

#include <gtest/gtest.h>

#include "targets/kernel/harness_test.h"

namespace rw::kernel::test {

struct ContextWorld {
  spinlock_t first;
  spinlock_t second;
};

}  // namespace rw::kernel::test

RW_TYPE_NAMED(rw::kernel::test::ContextWorld, "context_world", first, second)

namespace rw::kernel::test {

namespace {

void init(ContextWorld& w) {
  spin_lock_init(&w.first);
  spin_lock_init(&w.second);
}

Program<ContextWorld> program(std::function<void(ContextWorld&)> body) {
  return {.options = {}, .init = init, .bodies = {std::move(body)}, .outcome = {}};
}

TEST(Context, IsAtomicExactlyWhileSomethingMakesItSo) {
  EXPECT_SILENT(program([](ContextWorld& w) {
                  expect(!in_atomic(), "process context");
                  spin_lock(&w.first);
                  spin_lock(&w.second);
                  spin_unlock(&w.first);
                  expect(in_atomic(), "one lock left");
                  spin_unlock(&w.second);
                  preempt_disable();
                  preempt_disable();
                  preempt_enable();
                  expect(in_atomic(), "it nests");
                  preempt_enable();
                  expect(!in_atomic(), "nothing left");
                  might_sleep();
                }),
                "");
}

TEST(Context, WorkIsCountedFromWhereTheContextBecameAtomic) {
  EXPECT_SILENT(program([](ContextWorld& w) {
                  expect(atomic_work(3) == 0, "process context");
                  spin_lock(&w.first);
                  expect(atomic_work(2) == 2, "the first in atomic context");
                  preempt_disable();
                  spin_unlock(&w.first);
                  expect(atomic_work(1) == 3, "still the same stretch");
                  preempt_enable();
                  preempt_disable();
                  expect(atomic_work(1) == 1, "another stretch");
                  preempt_enable();
                }),
                "");
}

TEST(Context, SleepNamesTheOutermostHolder) {
  const auto p = program([](ContextWorld& w) {
    spin_lock(&w.second);
    spin_lock(&w.first);
    might_sleep();
  });
  EXPECT_CAUGHT_ALWAYS(p, "sleep-in-atomic");
  const exec::Failure f = explore(p, Granularity::coarse, 1).example.at("sleep-in-atomic");
  EXPECT_EQ(f.parts[1], "context_world.second");
}

TEST(Context, EachTaskHasItsOwn) {
  const auto holder = [](ContextWorld& w) {
    spin_lock(&w.first);
    sync::relax();
    spin_unlock(&w.first);
  };
  const auto sleeper = [](ContextWorld&) {
    might_sleep();
    sync::relax();
    might_sleep();
  };
  const Program<ContextWorld> p{
      .options = {}, .init = init, .bodies = {holder, sleeper}, .outcome = {}};
  EXPECT_SILENT(p, "");
}

TEST(Context, EnableWithoutDisableAndDisableLeftOverAreCaught) {
  EXPECT_CAUGHT_ALWAYS(program([](ContextWorld&) { preempt_enable(); }), "unlock-not-owner");
  EXPECT_CAUGHT_ALWAYS(program([](ContextWorld&) { preempt_disable(); }), "lock-leak");
}

TEST(Context, AnExecutionGivenUpLeavesNothingBehind) {
  (void)explore(program([](ContextWorld& w) {
                  spin_lock(&w.first);
                  might_sleep();
                }),
                Granularity::fine, 1);
  EXPECT_SILENT(program([](ContextWorld& w) {
                  might_sleep();
                  spin_lock(&w.first);
                  spin_unlock(&w.first);
                }),
                "");
}

}  // namespace

}  // namespace rw::kernel::test
