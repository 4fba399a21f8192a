// Exhaustive exploration against brute force: the same outcomes, and each class of executions once.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "fuzz/engine/explore_bounds.h"
#include "fuzz/engine/explore_state.h"
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
  for (const unsigned jobs : {1U, 2U}) {
#if defined(RACEWALK_TSAN)
    if (jobs > 1) continue;  // it does not follow fibers into a forked process
#endif
    engine::ExploreError broken;
    const auto nothing = [](const exec::Result&) {};
    const auto all = engine::explore_with_jobs(workload, options, {jobs, {}}, nothing, broken);
    EXPECT_TRUE(all.rest.empty());
    EXPECT_GT(all.cut_off, 0U);
    EXPECT_FALSE(all.complete) << jobs;
  }
  options.settings.step_budget = 100;
  EXPECT_TRUE(engine::explore(workload, options, see).complete);
}

engine::ExploreOptions fine_options(exec::Memory memory) {
  engine::ExploreOptions options;
  options.settings.granularity = exec::Granularity::fine;
  options.settings.memory = memory;
  return options;
}

TEST(Explore, SeveralProcessesRunTheExecutionsOfOne) {
#if defined(RACEWALK_TSAN)
  GTEST_SKIP() << "ThreadSanitizer does not follow fibers into a forked process";
#endif
  exec::Prng prng(3);
  for (int i = 0; i < 12; ++i) {
    const exec::Memory memory = i % 2 == 0 ? exec::Memory::sc : exec::Memory::weak;
    const std::string text = random_program(prng);
    std::string error;
    engine::ExploreError broken;
    const Litmus test = parse(text, "x=1", error);
    LitmusWorkload workload(test, Dialect::cxx);
    const auto none = [](const exec::Result&) {};
    const auto one = engine::explore_with_jobs(workload, fine_options(memory), {}, none, broken);
    for (const unsigned jobs : {2U, 3U}) {
      const auto all =
          engine::explore_with_jobs(workload, fine_options(memory), {jobs, {}}, none, broken);
      EXPECT_TRUE(one.complete && all.complete) << text;
      EXPECT_EQ(all.executions, one.executions) << jobs << " jobs: " << text;
      EXPECT_GE(all.repeated, one.repeated) << text;
    }
    EXPECT_EQ(broken.why, "");
  }
}

// Nine steps of three tasks, all of them in conflict: 1680 executions.
constexpr const char* kNineSteps =
    "T0: x.rlx=1; x.rlx=2; x.rlx=3 || T1: x.rlx=1; x.rlx=2; x.rlx=3 || "
    "T2: x.rlx=1; x.rlx=2; x.rlx=3";

TEST(Explore, InPartsIsTheSameAsInOneGo) {
  exec::Prng prng(4);
  const engine::ExploreSubject subject{1, 2};
  unsigned parts = 0;
  for (int i = 0; i < 60; ++i) {
    const exec::Memory memory = i % 2 == 0 ? exec::Memory::sc : exec::Memory::weak;
    const std::string text = random_program(prng);
    std::string error;
    const Litmus test = parse(text, "x=1", error);
    const Explored whole = explored(test, memory, schedule::Exhaustive::kNoBound);
    LitmusWorkload workload(test, Dialect::cxx);
    std::set<Final> outcomes;
    engine::Exploration all;
    all.rest = {""};
    while (!all.rest.empty()) {
      engine::ExploreOptions options = fine_options(memory);
      options.max_executions = 1 + prng.below(40);
      options.from = all.rest[0];
      const engine::Exploration part = engine::explore(workload, options, [&](const auto&) {
        outcomes.insert(workload.runner.final());
        return true;
      });
      all.add(part);
      all.rest = part.rest;
      engine::Exploration read;
      ASSERT_TRUE(engine::parse_state(engine::print_state(subject, all), subject, read, error))
          << error;
      all = read;
      ++parts;
    }
    EXPECT_EQ(all.executions, whole.all.executions) << text;
    EXPECT_EQ(all.repeated, whole.all.repeated) << text;
    EXPECT_EQ(outcomes, whole.outcomes) << text;
  }
  EXPECT_GT(parts, 120U);
}

// As after a kill: each state that was saved on the way has what the whole has.
TEST(Explore, WhatIsSavedOnTheWayLeadsToTheSameNumber) {
  std::string error;
  const Litmus test = parse(kNineSteps, "x=1", error);
  LitmusWorkload workload(test, Dialect::cxx);
  const auto nothing = [](const exec::Result&) {};
  for (const unsigned jobs : {1U, 2U}) {
#if defined(RACEWALK_TSAN)
    if (jobs > 1) continue;  // it does not follow fibers into a forked process
#endif
    engine::ExploreOptions options = fine_options(exec::Memory::sc);
    std::vector<engine::Exploration> saved;
    options.save_now = [] { return true; };
    options.save = [&](const engine::Exploration& so_far) { saved.push_back(so_far); };
    engine::ExploreError broken;
    const auto whole = engine::explore_with_jobs(workload, options, {jobs, {}}, nothing, broken);
    EXPECT_EQ(whole.executions, 1680U);
    ASSERT_GT(saved.size(), 5U);
    options.save_now = nullptr;
    for (std::size_t i = 0; i < saved.size(); i += 1 + saved.size() / 10) {
      const auto gone_on =
          engine::explore_with_jobs(workload, options, {jobs, saved[i]}, nothing, broken);
      EXPECT_TRUE(gone_on.complete);
      EXPECT_EQ(gone_on.executions, whole.executions) << jobs << " jobs, state " << i;
    }
  }
}

TEST(Explore, AStateOfSomethingElseOrCutShortIsRefused) {
  std::string error;
  const Litmus test = parse("T0: x.rlx=1; x.rlx=2 || T1: x.rlx=4; x.rlx=5", "x=1", error);
  LitmusWorkload workload(test, Dialect::cxx);
  engine::ExploreOptions options = fine_options(exec::Memory::sc);
  options.max_executions = 3;
  const auto part = engine::explore(workload, options, [](const auto&) { return true; });
  const std::string state = engine::print_state({1, 2}, part);
  engine::Exploration read;
  EXPECT_TRUE(engine::parse_state(state, {1, 2}, read, error));
  EXPECT_EQ(read.rest, part.rest);
  EXPECT_FALSE(engine::parse_state(state, {3, 2}, read, error));
  EXPECT_NE(error.find("another program"), std::string::npos) << error;
  EXPECT_FALSE(engine::parse_state(state, {1, 3}, read, error));
  EXPECT_NE(error.find("another build"), std::string::npos) << error;
  for (std::size_t size = 0; size < state.size(); ++size)
    EXPECT_FALSE(engine::parse_state(state.substr(0, size), {1, 2}, read, error)) << size;
}

// The classic of Flanagan and Godefroid (POPL 2005): writers of different places meet nobody.
TEST(Explore, RunsOneExecutionOfTasksThatDoNotMeetAndOneOfEachOrderOfThoseThatDo) {
  std::string error;
  const auto count = [&](const std::string& text) {
    const Explored e =
        explored(parse(text, "x=1", error), exec::Memory::sc, schedule::Exhaustive::kNoBound);
    EXPECT_EQ(e.all.repeated, 0U) << text;
    return e.all.executions;
  };
  EXPECT_EQ(count("T0: x.rlx=1 || T1: y.rlx=2 || T2: z.rlx=3"), 1U);
  EXPECT_EQ(count("T0: x.rlx=1 || T1: x.rlx=2 || T2: x.rlx=3"), 6U);
  // A writer among n readers of its place: 2^n (Abdulla et al., POPL 2014, section 1).
  EXPECT_EQ(count("T0: x.rlx=1 || T1: r0=x.rlx || T2: r0=x.rlx || T3: r0=x.rlx"), 8U);
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

// Bound after bound, in one go or stopped again and again: the executions of the last bound.
TEST(Explore, WithinBoundsItCoversOneAfterTheOtherAndEndsWhereALargerOneHasNoMore) {
  std::string error;
  engine::ExploreError broken;
  const std::string three = "x.rlx=1; r0=x.rlx; x.rlx=2";
  const Litmus test = parse("T0: " + three + " || T1: " + three + " || T2: " + three, "x=1", error);
  LitmusWorkload workload(test, Dialect::cxx);
  const auto nothing = [](const exec::Result&) {};
  // 9 steps of 3 tasks: 1680 schedules, with 6 preemptions at most.
  for (const unsigned bound : {0U, 2U, 6U, 1000U}) {
    const Explored alone = explored(test, exec::Memory::sc, bound);
    engine::ExploreOptions options = fine_options(exec::Memory::sc);
    options.preemptions = bound;
    const auto whole = engine::explore_within_bounds(workload, options, {}, nothing, broken);
    EXPECT_TRUE(whole.complete);
    EXPECT_EQ(whole.executions, alone.all.executions) << bound;
    EXPECT_EQ(whole.executions == 1680, bound >= 6) << bound;
    EXPECT_EQ(whole.within, std::min(bound, 6U));
    EXPECT_EQ(whole.covered, bound);
#if !defined(RACEWALK_TSAN)  // it does not follow fibers into a forked process
    const auto two = engine::explore_within_bounds(workload, options, {2, {}}, nothing, broken);
    EXPECT_EQ(two.executions, whole.executions) << bound;
    EXPECT_EQ(two.repeated, 0U) << bound;
    EXPECT_EQ(two.within, whole.within);
    EXPECT_EQ(two.covered, bound);
#endif
    unsigned parts = 0;
    engine::Exploration part;
    do {
      options.stop = [] { return true; };
      part = engine::explore_within_bounds(workload, options, {1, part}, nothing, broken);
      if (!part.rest.empty()) EXPECT_EQ(part.covered + 1, part.within);
      engine::Exploration read;
      ASSERT_TRUE(engine::parse_state(engine::print_state({1, 2}, part), {1, 2}, read, error));
      part = read;
      ++parts;
    } while (!part.rest.empty());
    EXPECT_EQ(part.executions, whole.executions) << bound;
    EXPECT_EQ(part.covered, bound);
    EXPECT_EQ(parts > 1, bound > 0) << bound;
  }
}

TEST(Explore, KnowsHowManyBranchesAreOpen) {
  std::string error;
  const Litmus test = parse("T0: x.rlx=1 || T1: x.rlx=2 || T2: x.rlx=3", "x=1", error);
  LitmusWorkload workload(test, Dialect::cxx);
  engine::ExploreOptions options = fine_options(exec::Memory::sc);
  for (const std::uint64_t executions : {1U, 2U, 5U, 6U, 7U}) {
    options.max_executions = executions;
    const auto part = engine::explore(workload, options, [](const auto&) { return true; });
    EXPECT_EQ(part.open == 0, executions >= 6) << executions;
    // Nothing is left then but the last order of the last task's.
    if (executions == 5) EXPECT_EQ(part.open, 1U);
  }
}

}  // namespace
