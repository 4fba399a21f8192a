// Exhaustive exploration against brute force: the same outcomes, and each class of executions once.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "fuzz/engine/explore.h"
#include "fuzz/exec/prng.h"
#include "targets/litmus/harness_test.h"
#include "targets/litmus/interleave.h"

namespace {

using namespace rw;
using namespace rw::litmus;

struct Explored {
  std::set<Final> outcomes;
  engine::Exploration all;
};

Explored explored(const Litmus& test, exec::Memory memory, unsigned preemptions) {
  LitmusWorkload workload(test, Dialect::cxx);
  engine::ExploreOptions options;
  options.settings.granularity = exec::Granularity::fine;
  options.settings.memory = memory;
  options.preemptions = preemptions;
  Explored e;
  e.all = engine::explore(workload, options, [&](const exec::Result& result) {
    EXPECT_FALSE(result.failure) << result.failure->message;
    e.outcomes.insert(workload.runner.final());
    return true;
  });
  return e;
}

// Two or three tasks of one to three loads, stores and read-modify-writes of x and y.
std::string random_program(exec::Prng& prng) {
  std::string text;
  const unsigned tasks = 2 + prng.below(2);
  for (unsigned t = 0; t < tasks; ++t) {
    text += fmt::format("{}T{}: ", t == 0 ? "" : " || ", t);
    const unsigned count = 1 + prng.below(3);
    for (unsigned i = 0; i < count; ++i) {
      const char where = "xy"[prng.below(2)];
      const std::string statement = prng.chance(1, 2) ? fmt::format("r{}={}.rlx", i, where)
                                    : prng.chance(1, 3)
                                        ? fmt::format("r{}=add.rlx({},1)", i, where)
                                        : fmt::format("{}.rlx={}", where, 1 + t * 3 + i);
      text += (i == 0 ? "" : "; ") + statement;
    }
  }
  return text;
}

bool writes(const Statement& s) {
  return s.action != Action::load;
}

// The classes of all interleavings: two are one if they order every two conflicting statements
// alike.
void classes(const Litmus& test, std::vector<std::size_t>& at,
             std::vector<std::pair<unsigned, std::size_t>>& order, std::set<std::string>& found) {
  bool ended = true;
  for (unsigned t = 0; t < test.threads.size(); ++t) {
    if (at[t] == test.threads[t].size()) continue;
    ended = false;
    order.push_back({t, at[t]++});
    classes(test, at, order, found);
    order.pop_back();
    --at[t];
  }
  if (!ended) return;
  std::set<std::string> pairs;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Statement& a = test.threads[order[i].first][order[i].second];
    for (std::size_t k = i + 1; k < order.size(); ++k) {
      const Statement& b = test.threads[order[k].first][order[k].second];
      if (a.where == b.where && (writes(a) || writes(b)))
        pairs.insert(fmt::format("{}.{}<{}.{}", order[i].first, order[i].second, order[k].first,
                                 order[k].second));
    }
  }
  found.insert(fmt::format("{}", fmt::join(pairs, " ")));
}

TEST(Explore, MeetsEveryOutcomeAndEveryClassOfExecutionsOnce) {
  exec::Prng prng(1);
  for (int i = 0; i < 300; ++i) {
    const std::string text = random_program(prng);
    std::string error;
    const Litmus test = parse(text, "x=1", error);
    ASSERT_EQ(error, "") << text;
    const Explored e = explored(test, exec::Memory::sc, schedule::Exhaustive::kNoBound);
    EXPECT_TRUE(e.all.complete);
    EXPECT_EQ(e.outcomes, outcomes_under_sc(test)) << text;
    std::vector<std::size_t> at(test.threads.size());
    std::vector<std::pair<unsigned, std::size_t>> order;
    std::set<std::string> all;
    classes(test, at, order, all);
    EXPECT_EQ(e.all.executions, all.size()) << text;
    if (HasFailure()) return;
  }
}

TEST(Explore, UnderWeakMemoryMeetsWhatScDoesAndNeverLessWithoutSleepSets) {
  exec::Prng prng(2);
  for (int i = 0; i < 60; ++i) {
    const std::string text = random_program(prng);
    std::string error;
    const Litmus test = parse(text, "x=1", error);
    const Explored reduced = explored(test, exec::Memory::weak, schedule::Exhaustive::kNoBound);
    // A bound nobody reaches: every interleaving, no sleep sets.
    const Explored all = explored(test, exec::Memory::weak, 1000);
    EXPECT_EQ(reduced.outcomes, all.outcomes) << text;
    EXPECT_LE(reduced.all.executions, all.all.executions);
    for (const Final& f : outcomes_under_sc(test))
      EXPECT_TRUE(reduced.outcomes.contains(f)) << text;
    if (HasFailure()) return;
  }
}

TEST(Explore, WhatTheStepBudgetCutsOffIsNotAll) {
  std::string error;
  const Litmus test = parse("T0: x.rlx=1; x.rlx=2; x.rlx=3 || T1: x.rlx=4; x.rlx=5", "x=1", error);
  LitmusWorkload workload(test, Dialect::cxx);
  engine::ExploreOptions options;
  options.settings.granularity = exec::Granularity::fine;
  options.settings.step_budget = 4;
  const auto see = [](const exec::Result& result) {
    EXPECT_FALSE(result.failure) << result.failure->message;
    return true;
  };
  const engine::Exploration cut = engine::explore(workload, options, see);
  EXPECT_GT(cut.cut_off, 0U);
  EXPECT_FALSE(cut.complete);
  options.settings.step_budget = 100;
  EXPECT_TRUE(engine::explore(workload, options, see).complete);
}

TEST(Explore, WithABoundRunsTheSchedulesWithinIt) {
  std::string error;
  const Litmus test = parse("T0: x.rlx=1; r0=x.rlx || T1: x.rlx=2; r0=x.rlx", "x=1", error);
  std::uint64_t before = 0;
  for (const unsigned bound : {0U, 1U, 2U}) {
    const Explored e = explored(test, exec::Memory::sc, bound);
    EXPECT_GT(e.all.executions, before) << bound;
    before = e.all.executions;
    if (bound == 0) EXPECT_EQ(e.all.executions, 2U) << "one task after the other";
  }
}

}  // namespace
