// first_failure: counts every execution, is a function of its seed, and keeps to its limit.
#include "fuzz/engine/first_failure.h"

#include <gtest/gtest.h>

#include <string_view>

#include "fuzz/program/design.h"
#include "fuzz/schedule/strategies.h"

namespace {

using namespace rw;

program::Program puzzle(std::string_view design, std::size_t tasks) {
  Target& target = *find_target("puzzles");
  program::Program p = program::minimal(target);
  p.design = program::parse_design(target, design).value();
  p.tasks.assign(tasks, {program::Op{.op = 0, .operand = {}}});
  return p;
}

std::uint8_t strategy_named(std::string_view name) {
  for (std::uint8_t s = 0; s < schedule::strategies().size(); ++s)
    if (schedule::strategies()[s].name == name) return s;
  ADD_FAILURE() << name;
  return 0;
}

TEST(FirstFailure, IsTheSameForTheSameSeedAndAnotherForOthers) {
  const program::Program p = puzzle("puzzle=room_for_two twin=planted", 3);
  for (std::uint8_t s = 0; s < schedule::strategies().size(); ++s) {
    const auto once = engine::first_failure(p, s, 7, 5'000);
    const auto again = engine::first_failure(p, s, 7, 5'000);
    EXPECT_EQ(once.executions, again.executions);
    EXPECT_EQ(once.steps, again.steps);
    EXPECT_EQ(once.kind, again.kind);
  }
  const std::uint8_t random = strategy_named("random");
  std::uint64_t sum = 0;
  const std::uint64_t one = engine::first_failure(p, random, 1, 5'000).executions;
  for (std::uint64_t seed = 1; seed <= 10; ++seed)
    sum += engine::first_failure(p, random, seed, 5'000).executions;
  EXPECT_NE(sum, 10 * one);
}

TEST(FirstFailure, SaysTheKindOfTheFailureAndEndsWithIt) {
  const program::Program p = puzzle("puzzle=canary twin=planted", 1);
  for (std::uint8_t s = 0; s < schedule::strategies().size(); ++s) {
    const auto first = engine::first_failure(p, s, 1, 1'000);
    EXPECT_EQ(first.kind, "invariant");
    // The canary fails in every execution, so already in the one that only makes a profile.
    EXPECT_EQ(first.executions, 1U) << schedule::strategies()[s].name;
  }
}

TEST(FirstFailure, MakesExactlyTheLimitWhereNothingFails) {
  const program::Program p = puzzle("puzzle=room_for_two twin=fixed", 3);
  for (std::uint8_t s = 0; s < schedule::strategies().size(); ++s) {
    const auto none = engine::first_failure(p, s, 1, 50);
    EXPECT_EQ(none.kind, "");
    EXPECT_EQ(none.executions, 50U) << schedule::strategies()[s].name;
    EXPECT_GT(none.steps, 50U);
    EXPECT_EQ(engine::first_failure(p, s, 1, 0).executions, 0U);
  }
}

TEST(FirstFailure, StopsWhenItIsTold) {
  const program::Program p = puzzle("puzzle=room_for_two twin=fixed", 3);
  unsigned asked = 0;
  const auto stopped = engine::first_failure(p, 0, 1, 1'000, [&] { return ++asked > 10; });
  EXPECT_EQ(stopped.kind, "");
  EXPECT_EQ(stopped.executions, 10U);
}

}  // namespace
