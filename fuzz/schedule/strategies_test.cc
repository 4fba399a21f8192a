// What every strategy promises, and what tells the single ones apart.
#include "fuzz/schedule/strategies.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string_view>
#include <vector>

#include "fuzz/exec/prng.h"
#include "fuzz/schedule/make.h"
#include "fuzz/schedule/profile.h"

namespace {

using namespace rw;

constexpr unsigned kTasks = 3;

// A made-up execution: three tasks of `kLength` steps, all runnable until they end; every third
// step of a task touches what the others touch. Returns who was picked, step by step.
constexpr unsigned kLength = 12;
std::vector<unsigned> drive(exec::Strategy& strategy) {
  std::array<exec::PendingStep, exec::kMaxTasks> pending{};
  std::array<std::uint16_t, exec::kMaxTasks> op{};
  std::array<unsigned, kTasks> made{};
  const auto next_step = [&](unsigned t) {
    const bool shared = made[t] % 3 == 0;
    pending[t] = {.kind = shared ? exec::StepKind::rmw : exec::StepKind::store,
                  .writes = true,
                  .location = shared ? 64 : 128 + 64 * t,
                  .where = shared ? sync::site::current() : sync::site::current()};
  };
  for (unsigned t = 0; t < kTasks; ++t) next_step(t);
  strategy.begin(kTasks);
  std::vector<unsigned> picked;
  exec::View view{.runnable = 7,
                  .current = 0,
                  .task_count = kTasks,
                  .steps = 0,
                  .pending = pending.data(),
                  .op = op.data()};
  while (view.runnable != 0) {
    const unsigned t = strategy.pick(view);
    EXPECT_TRUE((view.runnable >> t & 1U) != 0);
    picked.push_back(t);
    view.current = t;
    ++view.steps;
    if (++made[t] == kLength) view.runnable &= ~(1U << t);
    next_step(t);
  }
  return picked;
}

const schedule::StrategyInfo& named(std::string_view name) {
  for (const auto& info : schedule::strategies())
    if (name == info.name) return info;
  ADD_FAILURE() << "no strategy " << name;
  return schedule::strategies()[0];
}

unsigned switches(const std::vector<unsigned>& picked) {
  unsigned n = 0;
  for (std::size_t i = 1; i < picked.size(); ++i) n += picked[i] != picked[i - 1] ? 1 : 0;
  return n;
}

TEST(EveryStrategy, PicksTheSameForTheSameSeedAndOtherwiseForOthers) {
  const std::array<std::uint8_t, 8> stream = {1, 2, 0, 1, 1, 0, 2, 1};
  for (const auto& info : schedule::strategies()) {
    std::set<std::vector<unsigned>> seen;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      std::array<std::uint8_t, 8> bytes = stream;
      bytes[seed % 8] ^= static_cast<std::uint8_t>(seed);
      const auto a = drive(*info.make({.seed = seed, .stream = bytes}));
      EXPECT_EQ(a, drive(*info.make({.seed = seed, .stream = bytes}))) << info.name;
      EXPECT_EQ(a.size(), kTasks * kLength);
      seen.insert(a);
    }
    EXPECT_GT(seen.size(), 5U) << info.name << " draws nearly the same schedule every time";
  }
}

TEST(Pct, SwitchesAtMostOncePerChangePointAndPerEndedTask) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    EXPECT_LE(switches(drive(*named("pct2").make({.seed = seed}))), kTasks - 1 + 1U);
    EXPECT_LE(switches(drive(*named("pct3").make({.seed = seed}))), kTasks - 1 + 2U);
  }
}

TEST(Delay, SwitchesAtMostOncePerDelayAndPerEndedTask) {
  for (std::uint64_t seed = 0; seed < 500; ++seed)
    EXPECT_LE(switches(drive(*named("delay5").make({.seed = seed}))), kTasks - 1 + 5U);
}

TEST(Delay, KnowsWhereTheRunEndsIfItIsTold) {
  const std::array<std::uint16_t, kTasks> steps = {kLength, kLength, kLength};
  unsigned told = 0;
  unsigned untold = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    told += switches(drive(*named("delay5").make({.seed = seed, .steps = steps})));
    untold += switches(drive(*named("delay5").make({.seed = seed})));
  }
  EXPECT_GT(told, untold);  // no delay lies far behind the last step
}

TEST(Profiler, CountsTheStepsAtWhatTasksShare) {
  const auto inner = named("random").make({.seed = 1});
  schedule::Profiler profiler(*inner);
  EXPECT_EQ(drive(profiler), drive(*named("random").make({.seed = 1})));
  const schedule::Profile profile = profiler.profile();
  ASSERT_EQ(profile.shared.size(), 1U);
  EXPECT_EQ(profile.shared[0].location, 64U);
  for (unsigned t = 0; t < kTasks; ++t) EXPECT_EQ(profile.shared[0].steps[t], kLength / 3);

  ASSERT_EQ(profile.accesses.size(), kTasks * kLength / 3);
  std::array<unsigned, kTasks> made{};
  for (const schedule::Profile::Access& a : profile.accesses) {
    EXPECT_EQ(a.location, 0U);
    EXPECT_EQ(a.n, ++made[a.task]);
    EXPECT_TRUE(a.reads && a.writes);
  }
}

// How many of 5,000 schedules let one task make all its shared steps before the others make any:
// 3 of the 495 * 70 orders that these steps have begin with each of the 70 orders of the others.
unsigned one_goes_first(std::string_view strategy, const schedule::Profile* profile) {
  unsigned found = 0;
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    std::array<unsigned, kTasks> made{};
    std::array<unsigned, kTasks> shared{};
    for (const unsigned t : drive(*named(strategy).make({.seed = seed, .profile = profile}))) {
      shared[t] += made[t]++ % 3 == 0 ? 1 : 0;
      if (shared[t] == kLength / 3) {
        found += shared[0] + shared[1] + shared[2] == kLength / 3 ? 1 : 0;
        break;
      }
    }
  }
  return found;
}

TEST(Surw, TakesEveryOrderOfTheChosenStepsAboutAsOften) {
  schedule::Profile profile;
  profile.shared.push_back({.location = 64, .steps = {4, 4, 4}});
  const unsigned uniform = 5000 * 3 / 495;
  EXPECT_GT(one_goes_first("surw", &profile), uniform / 2);
  EXPECT_LT(one_goes_first("surw", &profile), uniform * 2);
  EXPECT_LT(one_goes_first("random", nullptr), 2U);
}

// How many of 2,000 schedules let the first shared step of T0 see what the last one of T2 has left.
unsigned first_sees_last(std::string_view strategy, const schedule::Profile* profile) {
  unsigned found = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    std::array<unsigned, kTasks> made{};
    unsigned source = 0;
    for (const unsigned t : drive(*named(strategy).make({.seed = seed, .profile = profile}))) {
      if (made[t]++ % 3 != 0) continue;
      if (t == 0) {
        found += source == 2 && made[2] + 3 > kLength ? 1 : 0;
        break;
      }
      source = t;
    }
  }
  return found;
}

TEST(ReadsFrom, MakesAReadSeeAWriteThatAWalkSeldomLetsItSee) {
  const auto inner = named("random").make({.seed = 1});
  schedule::Profiler profiler(*inner);
  (void)drive(profiler);
  const schedule::Profile profile = profiler.profile();
  const unsigned wanted = first_sees_last("reads_from", &profile);
  EXPECT_GT(wanted, 20U);
  EXPECT_GT(wanted, 5 * first_sees_last("random", nullptr));
}

// Of the switches that preempt a task, the share that comes before one of its shared steps.
double preempted_before_shared(std::string_view strategy, const schedule::Profile* profile) {
  unsigned preemptions = 0;
  unsigned shared = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    std::array<unsigned, kTasks> made{};
    unsigned last = kTasks;
    for (const unsigned t : drive(*named(strategy).make({.seed = seed, .profile = profile}))) {
      if (last != kTasks && t != last && made[last] != kLength) {
        ++preemptions;
        shared += made[last] % 3 == 0 ? 1 : 0;
      }
      ++made[t];
      last = t;
    }
  }
  return static_cast<double>(shared) / preemptions;
}

TEST(Places, StopBeforeARarePlaceAsOftenAsBeforeACommonOne) {
  const auto inner = named("random").make({.seed = 1});
  schedule::Profiler profiler(*inner);
  (void)drive(profiler);
  const schedule::Profile profile = profiler.profile();
  ASSERT_EQ(profile.places.size(), 2 * kTasks);
  EXPECT_NEAR(preempted_before_shared("places", &profile), 1 / 2., 0.1);
  EXPECT_NEAR(preempted_before_shared("pct3", nullptr), 1 / 3., 0.1);
}

TEST(Places, StopHalfOfTheTimeWhereTheCodeAskedForAChoice) {
  const auto inner = named("random").make({.seed = 1});
  schedule::Profiler profiler(*inner);
  (void)drive(profiler);
  schedule::Profile profile = profiler.profile();
  for (schedule::Profile::Place& p : profile.places) p.near_choice = p.steps == kLength / 3;
  EXPECT_NEAR(preempted_before_shared("places", &profile), 1 / 2. + 1 / 2. * 1 / 2., 0.1);
}

TEST(Guided, WithoutBytesRunsEachTaskToItsEnd) {
  const auto picked = drive(*named("guided").make({.seed = 0}));
  EXPECT_EQ(switches(picked), kTasks - 1);
  EXPECT_EQ(picked.front(), 0U);
}

TEST(Guided, PreemptsOnlyWhereTasksMeet) {
  // Every byte asks for a switch; private steps come in pairs between shared ones, so at least two
  // of three steps cannot be preempted.
  const std::vector<std::uint8_t> stream(64, 1);
  const auto picked = drive(*named("guided").make({.seed = 0, .stream = stream}));
  EXPECT_GT(switches(picked), kTasks - 1);
  EXPECT_LE(switches(picked), kTasks * (kLength / 3) + kTasks);
}

TEST(Pos, TakesEveryOrderOfTwoConflictingSteps) {
  std::set<unsigned> first;
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    first.insert(drive(*named("pos").make({.seed = seed})).front());
  EXPECT_EQ(first.size(), kTasks);
}

// Of a task's steps, how often another task came between it and the one before at that location.
double share_met(std::string_view strategy) {
  unsigned again = 0;
  unsigned met = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    std::array<unsigned, kTasks> made{};
    unsigned last = kTasks;
    for (const unsigned t : drive(*named(strategy).make({.seed = seed}))) {
      if (made[t]++ % 3 != 0) continue;
      again += made[t] > 1 ? 1 : 0;
      met += made[t] > 1 && last != t ? 1 : 0;
      last = t;
    }
  }
  return static_cast<double>(met) / again;
}

TEST(Contend, LetsOthersComeBetweenTwoStepsAtOneLocation) {
  EXPECT_GT(share_met("contend"), share_met("pos") + 0.05);
  EXPECT_LT(share_met("contend"), 1.);  // but not always
}

TEST(Random, DrawsOneNumberAPickWhetherOrNotItKnewTheTaskAhead) {
  exec::Prng prng(7);
  schedule::MostlyBenign choices;
  const auto random = named("random").make({.seed = 7});
  random->begin(kTasks);
  exec::View view{.task_count = kTasks};
  for (unsigned i = 0; i < 200; ++i) {
    view.runnable = i % 5 == 0 ? 5 : 7;
    EXPECT_EQ(random->pick(view),
              schedule::nth_task(view.runnable, prng.below(sync::count_tasks(view.runnable))))
        << i;
    if (i % 3 == 0)
      EXPECT_EQ(random->choose(view, 0, 4, "", sync::site::current()), choices.choose(prng, 4U))
          << i;
  }
}

}  // namespace
