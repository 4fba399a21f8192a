// The executor by example: what is a step, what a strategy may rely on, how executions end.
#include <gtest/gtest.h>

#include <set>

#include "fuzz/exec/execution.h"
#include "fuzz/schedule/strategies.h"
#include "fuzz/sync/sync.h"

namespace {

struct Pair {
  rw::sync::atomic<int> a{0};
  rw::sync::atomic<int> b{0};
  rw::sync::cell<int> plain{0};
  rw::sync::coherent<int> state{0};
};

struct Node {
  rw::sync::atomic<int> value;
  rw::sync::cell<int> plain;
};

}  // namespace

RW_TYPE_NAMED(Pair, "pair", a, b, plain, state)
RW_TYPE_NAMED(Node, "node", value, plain)

namespace {

using namespace rw;
using sync::order;

exec::Result run_seed(exec::Tasks& tasks, const char* strategy, std::uint64_t seed,
                      exec::Settings settings = {}) {
  for (const auto& info : schedule::strategies())
    if (std::string_view(info.name) == strategy) {
      const auto s = info.make({.seed = seed});
      return exec::run(tasks, settings, s.get());
    }
  ADD_FAILURE() << "no strategy " << strategy;
  return {};
}

// Outcomes of `tasks` over many seeds; `outcome` is called after each execution that did not fail.
template <typename Outcome>
std::set<std::string> outcomes(exec::Tasks& tasks, Outcome outcome, int seeds = 400) {
  std::set<std::string> all;
  for (int seed = 0; seed < seeds; ++seed) {
    const exec::Result r = run_seed(tasks, seed % 2 == 0 ? "random" : "pos", seed);
    all.insert(r.failure ? r.failure->kind : outcome());
  }
  return all;
}

struct TwoTasks : exec::Tasks {
  Pair* p = nullptr;
  int r0 = 0;
  int r1 = 0;
  TwoTasks() {
    before = [this] { p = sync::make<Pair>(); };
  }
};

TEST(Steered, ALivelockOfManyStoresToOneWordIsOneUnderWeakMemoryToo) {
  TwoTasks t;
  const auto forever = [&] {
    for (;;) {
      const sync::operation scope("adds", t.p);  // one step
      for (int i = 0; i < 4; ++i) t.p->a.fetch_add(1, order::relaxed);
    }
  };
  t.bodies = {forever, forever};
  exec::Settings settings;
  settings.memory = exec::Memory::weak;
  const exec::Result r = run_seed(t, "random", 1, settings);
  ASSERT_TRUE(r.failure);
  EXPECT_EQ(r.failure->kind, "livelock");
}

TEST(KnownClock, OfAnotherTaskGrowsByWhatIsAcquiredFromIt) {
  TwoTasks t;
  std::uint32_t done = 0, before = 0, after = 0;
  t.bodies = {[&] {
                done = hooks::known_clock(0);
                t.p->a.store(1, order::release);
              },
              [&] {
                before = hooks::known_clock(0);
                t.r1 = t.p->a.load(order::acquire);
                after = hooks::known_clock(0);
              }};
  const auto seen = outcomes(t, [&] {
    EXPECT_LT(before, done);
    EXPECT_EQ(after >= done, t.r1 == 1) << before << " " << done << " " << after;
    return std::to_string(t.r1);
  });
  EXPECT_EQ(seen, (std::set<std::string>{"0", "1"}));
}

TEST(Steered, StoreBufferingNeverShowsUnderSequentialConsistency) {
  TwoTasks t;
  t.bodies = {[&] {
                t.p->a.store(1, order::relaxed);
                t.r0 = t.p->b.load(order::relaxed);
              },
              [&] {
                t.p->b.store(1, order::relaxed);
                t.r1 = t.p->a.load(order::relaxed);
              }};
  const auto seen = outcomes(t, [&] { return fmt::format("{}{}", t.r0, t.r1); });
  EXPECT_EQ(seen, (std::set<std::string>{"01", "10", "11"}));
}

// Runs each task to its end, and keeps which steps of T0 follow a choice.
struct SeesChoices : exec::Strategy {
  std::vector<bool> near_choice;

  bool asked_always() const override { return true; }
  void begin(unsigned) override {}
  unsigned pick(const exec::View& view) override {
    const unsigned t = sync::first_task(view.runnable);
    if (t == 0) near_choice.push_back(view.pending[0].near_choice);
    return t;
  }
  unsigned choose(const exec::View&, unsigned, unsigned, const char*, const sync::site&) override {
    return 0;
  }
};

TEST(Steered, AStrategySeesWhichStepsFollowAChoice) {
  TwoTasks t;
  bool asked_in_setup = true;
  bool asked_in_a_task = false;
  t.before = [&] {
    t.p = sync::make<Pair>();
    asked_in_setup = sync::choice_asked();
  };
  t.bodies = {[&] {
                t.p->a.store(1, order::relaxed);
                asked_in_a_task = sync::choice_asked();
                for (int i = 0; i < 8; ++i) t.p->b.store(i, order::relaxed);
              },
              [&] { t.p->b.store(1, order::relaxed); }};
  SeesChoices strategy;
  EXPECT_FALSE(exec::run(t, {}, &strategy).failure);
  EXPECT_EQ(strategy.near_choice,
            (std::vector<bool>{false, true, true, true, true, true, true, false, false}));
  EXPECT_TRUE(asked_in_a_task);
  EXPECT_FALSE(asked_in_setup);
}

// Runs each task to its end; loads take the oldest message there is for them.
struct TakesTheOldest : exec::Strategy {
  void begin(unsigned) override {}
  unsigned pick(const exec::View& view) override { return sync::first_task(view.runnable); }
  unsigned choose(const exec::View&, unsigned task, unsigned n, const char*,
                  const sync::site&) override {
    return task == 1 ? n - 1 : 0;
  }
};

TEST(Steered, UnderAWeakModelATaskSeesAllStoresThatItHasNotSeen) {
  TwoTasks t;
  int seen = -1;
  t.before = [&] { t.p = sync::make<Pair>(); };
  t.bodies = {[&] {
                for (int i = 1; i <= 100; ++i) t.p->a.store(i, order::relaxed);
              },
              [&] { seen = t.p->a.load(order::relaxed); }};
  exec::Settings settings;
  settings.memory = exec::Memory::weak;
  TakesTheOldest strategy;
  EXPECT_FALSE(exec::run(t, settings, &strategy).failure);
  EXPECT_EQ(seen, 0);  // what set-up left, 100 stores ago
}

TEST(Steered, EveryAtomicAccessIsAStepSoIncrementsCanBeLost) {
  TwoTasks t;
  const auto increment = [&] {
    const int v = t.p->a.load();
    t.p->a.store(v + 1);
  };
  t.bodies = {increment, increment};
  EXPECT_EQ(outcomes(t, [&] { return std::to_string(t.p->a.peek()); }),
            (std::set<std::string>{"1", "2"}));
}

TEST(Steered, UnorderedPlainAccessesAreADataRaceInEverySchedule) {
  TwoTasks t;
  t.bodies = {[&] {
                t.p->plain.set(1);
                t.p->a.store(1);
              },
              [&] {
                t.p->b.store(1);
                t.p->plain.get();
              }};
  EXPECT_EQ(outcomes(t, [] { return "silent"; }), (std::set<std::string>{"data-race"}));
}

TEST(Steered, ReleaseAndAcquireOrderPlainAccesses) {
  TwoTasks t;
  t.bodies = {[&] {
                t.p->plain.set(1);
                t.p->a.store(1, order::release);
              },
              [&] {
                if (t.p->a.load(order::acquire) == 1) t.p->plain.get();
              }};
  EXPECT_EQ(outcomes(t, [] { return "silent"; }), (std::set<std::string>{"silent"}));
}

TEST(Steered, ARelaxedFlagDoesNotOrderPlainAccesses) {
  TwoTasks t;
  t.bodies = {[&] {
                t.p->plain.set(1);
                t.p->a.store(1, order::relaxed);
              },
              [&] {
                if (t.p->a.load(order::acquire) == 1) t.p->plain.get();
              }};
  EXPECT_EQ(outcomes(t, [] { return "silent"; }), (std::set<std::string>{"data-race", "silent"}));
}

TEST(Steered, FencesOrderWhatRelaxedAccessesCarry) {
  TwoTasks t;
  t.bodies = {[&] {
                t.p->plain.set(1);
                sync::fence(order::release);
                t.p->a.store(1, order::relaxed);
              },
              [&] {
                if (t.p->a.load(order::relaxed) != 1) return;
                sync::fence(order::acquire);
                t.p->plain.get();
              }};
  EXPECT_EQ(outcomes(t, [] { return "silent"; }), (std::set<std::string>{"silent"}));
}

TEST(Steered, AReleaseSequenceGoesOnThroughRelaxedReadModifyWrites) {
  TwoTasks t;
  t.bodies = {[&] {
                t.p->plain.set(1);
                t.p->a.store(1, order::release);
              },
              [&] { t.p->a.fetch_add(1, order::relaxed); },
              [&] {
                if (t.p->a.load(order::acquire) == 2) t.p->plain.get();
              }};
  const auto seen = outcomes(t, [] { return "silent"; });
  EXPECT_EQ(seen, (std::set<std::string>{"silent"}));
}

TEST(Steered, CoherentStateOrdersNothing) {
  TwoTasks t;
  t.bodies = {[&] {
                t.p->plain.set(1);
                t.p->state.store(1);
              },
              [&] {
                if (t.p->state.load() == 1) t.p->plain.get();
              }};
  EXPECT_TRUE(outcomes(t, [] { return "silent"; }).contains("data-race"));
}

TEST(Steered, DeclaredOrderOnCoherentStateOrders) {
  TwoTasks t;
  t.bodies = {[&] {
                t.p->plain.set(1);
                sync::order_release(&t.p->state);
                t.p->state.store(1);
              },
              [&] {
                if (t.p->state.load() != 1) return;
                sync::order_acquire(&t.p->state);
                t.p->plain.get();
              }};
  EXPECT_EQ(outcomes(t, [] { return "silent"; }), (std::set<std::string>{"silent"}));
}

TEST(Steered, AWaiterThatIsNeverNotifiedIsALostWakeup) {
  TwoTasks t;
  t.bodies = {[&] {
                while (t.p->a.load() == 0) sync::wait(t.p->a, 0);
              },
              [&] { t.p->a.store(1); }};
  const auto seen = outcomes(t, [] { return "silent"; });
  EXPECT_EQ(seen, (std::set<std::string>{"lost-wakeup", "silent"}));
}

TEST(Steered, ANotifiedWaiterGoesOn) {
  TwoTasks t;
  t.bodies = {[&] {
                while (t.p->a.load() == 0) sync::wait(t.p->a, 0);
              },
              [&] {
                t.p->a.store(1);
                sync::notify(t.p->a.address(), sync::kAll);
              }};
  EXPECT_EQ(outcomes(t, [] { return "silent"; }), (std::set<std::string>{"silent"}));
}

TEST(Steered, ASpinLoopThatNobodyEndsIsALivelockAndOneThatSomebodyEndsIsNot) {
  TwoTasks t;
  exec::Settings settings;
  settings.step_budget = 200;
  t.bodies = {[&] {
                while (t.p->a.load() == 0) sync::relax();
              },
              [&] { t.p->b.store(1); }};
  auto r = run_seed(t, "random", 1, settings);
  ASSERT_TRUE(r.failure);
  EXPECT_EQ(r.failure->kind, "livelock");
  t.bodies[1] = [&] { t.p->a.store(1); };
  for (int seed = 0; seed < 100; ++seed) EXPECT_FALSE(run_seed(t, "pct3", seed, settings).failure);
}

struct Freed : exec::Tasks {
  Node* node = nullptr;
  Pair* p = nullptr;
  Freed() {
    before = [this] {
      p = sync::make<Pair>();
      node = static_cast<Node*>(sync::reserve(sizeof(Node)));
      hooks::object_born(node, sizeof(Node), sync::type_of<Node>(), sync::site::current());
      node->value.store(0);
    };
  }
};

TEST(Lifetime, AFreeThatIsNotOrderedAfterAUseIsFoundWhicheverRanFirst) {
  Freed t;
  t.bodies = {[&] { t.node->value.load(); },
              [&] {
                t.p->b.store(1);
                hooks::object_died(t.node, sync::site::current());
              }};
  EXPECT_EQ(outcomes(t, [] { return "silent"; }), (std::set<std::string>{"use-after-free"}));
}

TEST(Lifetime, DoubleFreeUninitialisedReadAndNullPointerHaveTheirKinds) {
  Freed t;
  t.bodies = {[&] {
    hooks::object_died(t.node, sync::site::current());
    hooks::object_died(t.node, sync::site::current());
  }};
  EXPECT_EQ(run_seed(t, "random", 1).failure->kind, "double-free");
  t.bodies = {[&] { t.node->plain.get(); }};
  EXPECT_EQ(run_seed(t, "random", 1).failure->kind, "uninitialised-read");
  t.bodies = {[&] { static_cast<Node*>(nullptr)->value.load(); }};  // NOLINT(clang-analyzer-core.*)
  const auto r = run_seed(t, "random", 1);
  ASSERT_TRUE(r.failure);
  EXPECT_EQ(r.failure->kind, "crash");
  EXPECT_EQ(r.failure->parts[0], "null pointer");
}

TEST(Failure, NamesObjectsFieldsFunctionsAndTasks) {
  TwoTasks t;
  t.bodies = {[&] { t.p->plain.set(1); }, [&] { t.p->plain.set(2); }};
  const auto r = run_seed(t, "random", 3);
  ASSERT_TRUE(r.failure);
  EXPECT_EQ(r.failure->parts[0], "pair.plain");
  EXPECT_NE(r.failure->message.find("pair#0.plain"), std::string::npos) << r.failure->message;
  EXPECT_EQ(r.failure->tasks.size(), 2U);
}

TEST(Replay, ARecordedRunIsRepeatedToTheStepByItsListOfDecisions) {
  TwoTasks t;
  const auto body = [&] {
    for (int i = 0; i < 4; ++i) {
      exec::op_begins(static_cast<unsigned>(i), [] { return "increment"; });
      const int v = t.p->a.load();
      t.p->a.store(v + 1);
      exec::op_ends(nullptr);
    }
  };
  t.bodies = {body, body, body};
  for (const auto& info : schedule::strategies()) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      const std::uint8_t stream[] = {1, 2, 0, static_cast<std::uint8_t>(seed), 7, 1, 1};
      const auto s = info.make({.seed = seed, .stream = stream});
      const auto plain = exec::run(t, {}, s.get());
      const auto again = info.make({.seed = seed, .stream = stream});
      exec::Settings record;
      record.record_trace = true;
      const auto traced = exec::run(t, record, again.get());
      ASSERT_EQ(plain.trace_hash, traced.trace_hash) << "recording changed the execution";
      schedule::Replay replay(traced.decisions);
      const auto replayed = exec::run(t, {}, &replay);
      ASSERT_EQ(plain.trace_hash, replayed.trace_hash) << info.name << " seed " << seed;
      ASSERT_FALSE(replay.divergence()) << replay.divergence()->why;
    }
  }
}

TEST(Replay, AListThatNoLongerFitsSaysWhereAndGoesOn) {
  TwoTasks t;
  t.bodies = {[&] { t.p->a.store(1); }, [&] { t.p->b.store(1); }};
  exec::Decisions d;
  exec::Segment s;
  s.until = exec::Segment::Until::step;
  s.op = 0;
  s.visit = 1;
  s.function = "no_such_function";
  d.segments = {s};
  schedule::Replay replay(d);
  const auto r = exec::run(t, {}, &replay);
  EXPECT_FALSE(r.failure);
  ASSERT_TRUE(replay.divergence());
  EXPECT_NE(replay.divergence()->why.find("no_such_function"), std::string::npos);
}

}  // namespace

namespace {

TEST(Replay, OfALivelockListsOnlyWhatTheStrategyDecided) {
  TwoTasks t;
  t.bodies = {[&] {
                while (t.p->a.load() == 0) sync::relax();
              },
              [&] {
                while (t.p->b.load() == 0) sync::relax();
              }};
  exec::Settings settings;
  settings.step_budget = 50;
  settings.record_trace = true;
  const auto traced = run_seed(t, "random", 1, settings);
  ASSERT_TRUE(traced.failure);
  EXPECT_EQ(traced.failure->kind, "livelock");
  EXPECT_LE(traced.decisions.segments.size(), 51U);
  schedule::Replay replay(traced.decisions);
  settings.record_trace = false;
  const auto replayed = exec::run(t, settings, &replay);
  EXPECT_EQ(replayed.trace_hash, traced.trace_hash);
  EXPECT_FALSE(replay.divergence()) << replay.divergence()->why;
}

}  // namespace
