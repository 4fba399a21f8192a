#include "targets/kernel/lockdep.h"

#include <gtest/gtest.h>

#include "fuzz/sync/check.h"
#include "fuzz/verdict/sanitizer.h"
#include "targets/kernel/harness_test.h"

namespace rw::kernel::test {

struct DepWorld {
  mutex a;
  mutex b;
  mutex c;
  mutex twin[3];
  mutex outer;
  mutex inner;
};

struct ManyWorld {
  mutex outer;
  mutex many[kMaxHeld];
};

}  // namespace rw::kernel::test

RW_TYPE_NAMED(rw::kernel::test::DepWorld, "dep_world", a, b, c, twin, outer, inner)
RW_TYPE_NAMED(rw::kernel::test::ManyWorld, "many_world", outer, many)

namespace rw::kernel::test {

namespace {

lock_class twin_class{"dep_world.twin", {.may_sleep = true}};
lock_class outer_class{"dep_world.outer", {.rank = 10, .may_sleep = true}};
lock_class inner_class{"dep_world.inner", {.rank = 20, .may_sleep = true}};

void init(DepWorld& w) {
  mutex_init(&w.a);
  mutex_init(&w.b);
  mutex_init(&w.c);
  for (mutex& m : w.twin) mutex_init(&m, twin_class);
  mutex_init(&w.outer, outer_class);
  mutex_init(&w.inner, inner_class);
}

void both(mutex* first, mutex* second) {
  mutex_lock(first);
  mutex_lock(second);
  mutex_unlock(second);
  mutex_unlock(first);
}

Program<DepWorld> program(std::vector<std::function<void(DepWorld&)>> bodies,
                          bool check_order = true) {
  return {.options = {.check_lock_order = check_order},
          .init = init,
          .bodies = std::move(bodies),
          .outcome = {}};
}

TEST(Lockdep, CycleIsCaughtAlthoughNoDeadlockCanHappen) {
  const auto p = program({[](DepWorld& w) {
    both(&w.a, &w.b);
    both(&w.b, &w.a);
  }});
  EXPECT_CAUGHT_ALWAYS(p, "lock-order");
  const exec::Failure f = explore(p, Granularity::coarse, 1).example.at("lock-order");
  EXPECT_EQ(f.parts, (std::vector<std::string>{"dep_world.a", "dep_world.b"}));
}

TEST(Lockdep, CycleOfThreeHasOneKeyWhereverItIsNoticed) {
  std::set<std::vector<std::string>> keys;
  const auto ab = [](DepWorld& w) { both(&w.a, &w.b); };
  const auto bc = [](DepWorld& w) { both(&w.b, &w.c); };
  const auto ca = [](DepWorld& w) { both(&w.c, &w.a); };
  using Bodies = std::vector<std::function<void(DepWorld&)>>;
  for (const Bodies& order : {Bodies{ab, bc, ca}, Bodies{bc, ca, ab}, Bodies{ca, ab, bc}}) {
    const auto p = program({[order](DepWorld& w) {
      for (const auto& body : order) body(w);
    }});
    const Seen seen = explore(p, Granularity::coarse, 1);
    ASSERT_TRUE(seen.example.contains("lock-order")) << seen.in_words();
    keys.insert(seen.example.at("lock-order").parts);
  }
  EXPECT_EQ(keys,
            (std::set<std::vector<std::string>>{{"dep_world.a", "dep_world.b", "dep_world.c"}}));
}

TEST(Lockdep, OrderOfOneExecutionDoesNotReachTheNext) {
  EXPECT_SILENT(program({[](DepWorld& w) { both(&w.a, &w.b); }}), "");
  EXPECT_SILENT(program({[](DepWorld& w) { both(&w.b, &w.a); }}), "");
}

TEST(Lockdep, AbbaDeadlockHappensAndNamesHolders) {
  const auto p = program(
      {[](DepWorld& w) { both(&w.a, &w.b); }, [](DepWorld& w) { both(&w.b, &w.a); }}, false);
  EXPECT_CAUGHT(p, "deadlock");
  const exec::Failure f = explore(p, Granularity::coarse).example.at("deadlock");
  EXPECT_EQ(f.message,
            "T0 in both waits for dep_world#0.b, held by T1; "
            "T1 in both waits for dep_world#0.a, held by T0");
}

TEST(Lockdep, DeadlockHasOneKeyWhoeverQueuesBehindIt) {
  const auto queue = [](DepWorld& w) {
    mutex_lock(&w.b);
    mutex_unlock(&w.b);
  };
  const auto p = program(
      {[](DepWorld& w) { both(&w.a, &w.b); }, [](DepWorld& w) { both(&w.b, &w.a); }, queue}, false);
  std::set<std::vector<std::string>> keys;
  unsigned three_wait = 0;
  Runner<DepWorld> runner(p);
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const auto strategy = schedule::strategies()[0].make({.seed = seed});
    const auto failure = exec::run(runner, {}, strategy.get()).failure;
    if (!failure || failure->kind != "deadlock") continue;
    keys.insert(failure->parts);
    three_wait += failure->message.find("T2 in") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(keys, (std::set<std::vector<std::string>>{{"both dep_world.a", "both dep_world.b"}}));
  EXPECT_GT(three_wait, 0U);
}

TEST(Lockdep, AbbaIsReportedAsOrderInEveryScheduleWhenChecked) {
  const auto p =
      program({[](DepWorld& w) { both(&w.a, &w.b); }, [](DepWorld& w) { both(&w.b, &w.a); }});
  EXPECT_CAUGHT_ALWAYS(p, "lock-order");
}

TEST(Lockdep, RankViolationNeedsOneSideOnly) {
  const auto wrong = program({[](DepWorld& w) { both(&w.inner, &w.outer); }});
  EXPECT_CAUGHT_ALWAYS(wrong, "lock-order");
  EXPECT_SILENT(program({[](DepWorld& w) { both(&w.outer, &w.inner); }}), "");
}

TEST(Lockdep, TrylockMayBreakTheOrder) {
  EXPECT_SILENT(program({[](DepWorld& w) {
                  both(&w.outer, &w.inner);
                  mutex_lock(&w.inner);
                  if (mutex_trylock(&w.outer)) mutex_unlock(&w.outer);
                  mutex_unlock(&w.inner);
                }}),
                "");
}

TEST(Lockdep, TwoLocksOfAClassNeedASubclassOrANestLock) {
  const auto bare = program({[](DepWorld& w) { both(&w.twin[0], &w.twin[1]); }});
  EXPECT_CAUGHT_ALWAYS(bare, "lock-order");
  EXPECT_SILENT(program({[](DepWorld& w) {
                  mutex_lock(&w.twin[0]);
                  mutex_lock_nested(&w.twin[1], SINGLE_DEPTH_NESTING);
                  mutex_unlock(&w.twin[1]);
                  mutex_unlock(&w.twin[0]);
                }}),
                "");
  const auto all = [](DepWorld& w) {
    mutex_lock(&w.outer);
    for (mutex& m : w.twin) mutex_lock_nest_lock(&m, &w.outer);
    for (mutex& m : w.twin) mutex_unlock(&m);
    mutex_unlock(&w.outer);
  };
  EXPECT_SILENT(program({all, all}), "");
  const auto unprotected = program({[](DepWorld& w) {
    for (mutex& m : w.twin) mutex_lock_nest_lock(&m, &w.outer);
    for (mutex& m : w.twin) mutex_unlock(&m);
  }});
  EXPECT_CAUGHT_ALWAYS(unprotected, "lock-order");
}

TEST(Lockdep, TakingAHeldLockAgainIsCaughtOrDeadlocks) {
  const auto again = [](DepWorld& w) { both(&w.a, &w.a); };
  EXPECT_CAUGHT_ALWAYS(program({again}), "lock-order");
  EXPECT_CAUGHT_ALWAYS(program({again}, false), "deadlock");
}

TEST(Lockdep, AssertHeld) {
  EXPECT_SILENT(program({[](DepWorld& w) {
                  mutex_lock(&w.a);
                  lockdep_assert_held(&w.a);
                  lockdep_assert_held_write(&w.a);
                  mutex_unlock(&w.a);
                }}),
                "");
  EXPECT_CAUGHT_ALWAYS(program({[](DepWorld& w) { lockdep_assert_held(&w.a); }}), "invariant");
}

TEST(Lockdep, LockLeftHeldIsALeakThatNamesIt) {
  const auto p = program({[](DepWorld& w) { mutex_lock(&w.outer); }});
  EXPECT_CAUGHT_ALWAYS(p, "lock-leak");
  const exec::Failure f = explore(p, Granularity::fine, 1).example.at("lock-leak");
  EXPECT_EQ(f.parts[0], "dep_world.outer");
}

// One run in which a task holds `outer` and the first `count` of the others.
void hold_at_once(unsigned count) {
  const Program<ManyWorld> p = {.options = {},
                                .init =
                                    [](ManyWorld& w) {
                                      mutex_init(&w.outer, outer_class);
                                      for (mutex& m : w.many) mutex_init(&m, inner_class);
                                    },
                                .bodies = {[count](ManyWorld& w) {
                                  mutex_lock(&w.outer);
                                  for (unsigned i = 0; i < count; ++i)
                                    mutex_lock_nest_lock(&w.many[i], &w.outer);
                                  for (unsigned i = 0; i < count; ++i) mutex_unlock(&w.many[i]);
                                  mutex_unlock(&w.outer);
                                }},
                                .outcome = {}};
  EXPECT_TRUE(explore(p, Granularity::coarse, 1).clean());
}

TEST(LockdepDeathTest, MoreLocksThanItHasRoomForStopRacewalkAndSaySo) {
  if (verdict::built_with(verdict::Sanitizer::thread)) GTEST_SKIP() << "no fibers behind a fork";
  hold_at_once(kMaxHeld - 1);
  EXPECT_EXIT(hold_at_once(kMaxHeld), testing::ExitedWithCode(kExitOwnBug),
              "a task holds more locks than lockdep has room for");
}

}  // namespace

}  // namespace rw::kernel::test
