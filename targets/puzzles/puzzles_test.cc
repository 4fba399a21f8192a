// The self-test: each planted bug is found within its budget and shrinks to its size, each fixed
// twin stays silent.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "fuzz/engine/dying.h"
#include "fuzz/engine/run.h"
#include "fuzz/exec/fiber.h"
#include "fuzz/program/design.h"
#include "fuzz/program/generate.h"
#include "fuzz/shrink/shrink.h"
#include "fuzz/verdict/kinds.h"
#include "targets/puzzles/puzzle.h"
#include "targets/puzzles/target.h"

namespace {

using namespace rw;
using puzzles::Puzzle;

#if defined(RACEWALK_ASAN) || defined(RACEWALK_TSAN)
constexpr unsigned kSilent = 1'000;  // executions in which a fixed twin must stay silent, at least
constexpr std::uint64_t kShrinkSeeds[] = {1};
#else
constexpr unsigned kSilent = 10'000;
constexpr std::uint64_t kShrinkSeeds[] = {1, 2, 3};
#endif
constexpr std::uint64_t kSeeds[] = {1, 2, 3};

const Rule& rule_of(const Puzzle& puzzle) {
  for (const Rule& rule : puzzles::target().rules())
    if (std::string_view(rule.name) == puzzle.name) return rule;
  ADD_FAILURE() << "no rule for " << puzzle.name;
  return puzzles::target().rules()[0];
}

// The planted design, and the fixed one: the twin axis alone differs.
program::DesignValues design_of(const Puzzle& puzzle, bool planted) {
  program::DesignValues design = program::hunting_design(puzzles::target(), rule_of(puzzle));
  if (!planted) design[1] = 0;
  return design;
}

exec::Result run(const program::Program& p) {
  return engine::run(p, {});
}

struct Hunt {
  unsigned executions = 0;  // made, with the failing one
  std::optional<exec::Failure> failure;
  program::Program program;  // the last one run
};

// Draws up to `executions` programs from `seed` and runs each once, until one fails.
Hunt hunt(const Puzzle& puzzle, bool planted, std::uint64_t seed, unsigned executions) {
  const program::DesignValues design = design_of(puzzle, planted);
  Hunt hunt;
  while (hunt.executions < executions && !hunt.failure) {
    hunt.program = program::generate(puzzles::target(), design, seed << 32 | hunt.executions);
    ++hunt.executions;
    hunt.failure = run(hunt.program).failure;
  }
  return hunt;
}

TEST(Puzzles, CoverEveryEngineKind) {
  std::set<std::string> kinds;
  for (const Puzzle* p : puzzles::all_puzzles()) kinds.insert(p->kind);
  for (const KindInfo& kind : verdict::engine_kinds())
    EXPECT_TRUE(kinds.contains(kind.name)) << "no puzzle shows as " << kind.name;
  EXPECT_GE(puzzles::all_puzzles().size(), 16U);
}

TEST(Puzzles, AreEachNamedAsTheirFileAndTheirRule) {
  std::set<std::string> names;
  for (const Puzzle* p : puzzles::all_puzzles()) {
    EXPECT_TRUE(names.insert(p->name).second) << p->name;
    const auto file = std::filesystem::path(RACEWALK_SOURCE_DIR) / "targets/puzzles" /
                      (std::string(p->name) + ".cc");
    EXPECT_TRUE(std::filesystem::exists(file)) << file;
    EXPECT_TRUE(verdict::is_kind(p->kind, nullptr)) << p->kind;
    EXPECT_STREQ(rule_of(*p).detected_by[0], p->kind);
  }
}

TEST(Puzzles, FixedTwinsAreRightDesignsAndPlantedOnesAreWrong) {
  Target& target = puzzles::target();
  for (const Puzzle* p : puzzles::all_puzzles()) {
    EXPECT_FALSE(program::verdict(target, design_of(*p, true)).right()) << p->name;
    EXPECT_TRUE(program::verdict(target, design_of(*p, false)).right()) << p->name;
  }
}

// What a campaign over the default design runs: every fixed twin.
TEST(Puzzles, TheOpenDesignIsSilent) {
  Target& target = puzzles::target();
  const program::DesignValues open = program::open_design(target);
  std::set<unsigned> drawn;
  for (std::uint64_t seed = 0; seed < kSilent; ++seed) {
    const program::Program p = program::generate(target, open, seed);
    drawn.insert(p.design[0]);
    ASSERT_TRUE(program::verdict(target, p.design).right()) << "seed " << seed;
    const exec::Result result = run(p);
    ASSERT_FALSE(result.failure) << puzzles::all_puzzles()[p.design[0]]->name << ": "
                                 << result.failure->kind << ": " << result.failure->message;
  }
  EXPECT_EQ(drawn.size(), puzzles::all_puzzles().size());
}

TEST(Puzzles, FixedTwinsAreSilentUnderEachMemoryModel) {
  const program::DesignValues open = program::open_design(puzzles::target());
  for (const exec::Memory memory : {exec::Memory::weak, exec::Memory::lkmm})
    for (std::uint64_t seed = 0; seed < 20 * kSilent; ++seed) {
      program::Program p = program::generate(puzzles::target(), open, seed);
      p.memory = memory;
      const exec::Result result = run(p);
      ASSERT_FALSE(result.failure) << puzzles::all_puzzles()[p.design[0]]->name << ", seed " << seed
                                   << ": " << result.failure->message;
    }
}

class EachPuzzle : public testing::TestWithParam<const Puzzle*> {};

TEST_P(EachPuzzle, PlantedIsFoundWithinItsBudgetAsItsKind) {
  const Puzzle& puzzle = *GetParam();
  for (const std::uint64_t seed : kSeeds) {
    const Hunt found = hunt(puzzle, true, seed, puzzle.budget);
    ASSERT_TRUE(found.failure) << "not found in " << puzzle.budget << " executions, seed " << seed;
    EXPECT_EQ(found.failure->kind, puzzle.kind) << found.failure->message;
    RecordProperty("executions_" + std::to_string(seed), static_cast<int>(found.executions));
  }
}

TEST_P(EachPuzzle, PlantedShowsAsNothingElse) {
  const Puzzle& puzzle = *GetParam();
  const program::DesignValues design = design_of(puzzle, true);
  const unsigned executions = puzzle.kind == std::string("livelock") ? 50 : kSilent / 10;
  for (std::uint64_t seed = 0; seed < executions; ++seed) {
    const exec::Result result = run(program::generate(puzzles::target(), design, seed));
    if (result.failure) ASSERT_EQ(result.failure->kind, puzzle.kind) << result.failure->message;
  }
}

class EachTwin : public EachPuzzle {};

TEST_P(EachTwin, FixedStaysSilent) {
  const Puzzle& puzzle = *GetParam();
  const unsigned executions = std::max(kSilent, puzzle.budget);
  for (const std::uint64_t seed : kSeeds) {
    const Hunt silent = hunt(puzzle, false, seed, executions);
    ASSERT_FALSE(silent.failure) << silent.failure->kind << ": " << silent.failure->message
                                 << ", seed " << seed << ", execution " << silent.executions;
  }
}

TEST_P(EachPuzzle, PlantedReplaysAndShrinksToItsSize) {
  const Puzzle& puzzle = *GetParam();
  for (const std::uint64_t seed : kShrinkSeeds) {
    const Hunt hunted = hunt(puzzle, true, seed, puzzle.budget);
    ASSERT_TRUE(hunted.failure);
    const auto found = engine::confirm(hunted.program);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->own_bug, "");
    const shrink::Shrunk small = shrink::shrink(
        found->program, [&](const program::Program& p) { return engine::attempt(p, found->key); },
        {});
    ASSERT_TRUE(small.reproduced);
    EXPECT_LE(small.after.tasks, puzzle.shrunk.tasks) << "seed " << seed;
    EXPECT_LE(small.after.task_ops + small.after.setup_ops, puzzle.shrunk.ops) << "seed " << seed;
    EXPECT_LE(small.after.switches, puzzle.shrunk.switches) << "seed " << seed;
    const auto stored = engine::confirm(small.program);
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->own_bug, "");
    EXPECT_EQ(stored->key, found->key);
    EXPECT_EQ(shrink::size_of(stored->program), small.after) << "seed " << seed;
  }
}

std::vector<const Puzzle*> puzzles_that_die(bool die) {
  std::vector<const Puzzle*> some;
  for (const Puzzle* p : puzzles::all_puzzles())
    if (p->dies == die) some.push_back(p);
  return some;
}

INSTANTIATE_TEST_SUITE_P(Puzzles, EachPuzzle, testing::ValuesIn(puzzles_that_die(false)),
                         [](const auto& info) { return std::string(info.param->name); });
INSTANTIATE_TEST_SUITE_P(DyingPuzzles, EachTwin, testing::ValuesIn(puzzles_that_die(true)),
                         [](const auto& info) { return std::string(info.param->name); });
INSTANTIATE_TEST_SUITE_P(Puzzles, EachTwin, testing::ValuesIn(puzzles_that_die(false)),
                         [](const auto& info) { return std::string(info.param->name); });

TEST(Canary, FailsInEveryExecutionThatRunsIt) {
  const program::DesignValues design = design_of(puzzles::canary, true);
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    program::Program p = program::generate(puzzles::target(), design, seed);
    p.tasks[0] = {program::Op{.op = 0, .operand = {}}};
    const exec::Result result = run(p);
    ASSERT_TRUE(result.failure) << "seed " << seed;
    EXPECT_EQ(result.failure->kind, "invariant");
  }
}

// Planted bugs that end the process: hunted and shrunk in children.
class EachDyingPuzzle : public testing::TestWithParam<const Puzzle*> {};

// The first program from `seed` that ends its process within the budget.
std::optional<engine::Found> hunt_to_death(const Puzzle& puzzle, std::uint64_t seed) {
  const program::DesignValues design = design_of(puzzle, true);
  engine::ChildRunner child;
  for (unsigned i = 0; i < puzzle.budget; ++i) {
    const program::Program p = program::generate(puzzles::target(), design, seed << 32 | i);
    const engine::Ending ending = child.run(p);
    if (ending.death) return child.confirm(p);
    EXPECT_EQ(ending.key, "") << "a planted bug that ends the process shows as something else";
  }
  return std::nullopt;
}

TEST_P(EachDyingPuzzle, IsFoundWithinItsBudgetAndShrinksToItsSize) {
  if (!exec::fiber_survives_fork()) GTEST_SKIP() << "TSan: only as the first test of a process";
  const Puzzle& puzzle = *GetParam();
#if !defined(RACEWALK_ASAN) && !defined(RACEWALK_TSAN)
  if (std::string_view(puzzle.kind) == "sanitizer") {
    EXPECT_FALSE(hunt_to_death(puzzle, 1)) << "a plain build notices nothing";
    return;
  }
#endif
  for (const std::uint64_t seed : kSeeds) {
    const std::optional<engine::Found> found = hunt_to_death(puzzle, seed);
    ASSERT_TRUE(found) << "not found in " << puzzle.budget << " executions, seed " << seed;
    EXPECT_TRUE(engine::is_deadly(found->failure.kind)) << found->failure.message;
    ASSERT_EQ(found->program.schedule.form, program::Schedule::Form::list);
    engine::ChildRunner child;
    const shrink::Shrunk small = shrink::shrink(
        found->program, [&](const program::Program& p) { return child.attempt(p, found->key); },
        {.searches = 10, .progress = {}, .stop = {}});
    ASSERT_TRUE(small.reproduced) << "seed " << seed;
    EXPECT_LE(small.after.tasks, puzzle.shrunk.tasks) << "seed " << seed;
    EXPECT_LE(small.after.task_ops + small.after.setup_ops, puzzle.shrunk.ops) << "seed " << seed;
    EXPECT_LE(small.after.switches, puzzle.shrunk.switches) << "seed " << seed;
    const std::optional<engine::Found> again = child.confirm(small.program);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->key, found->key);
  }
}

INSTANTIATE_TEST_SUITE_P(Puzzles, EachDyingPuzzle, testing::ValuesIn(puzzles_that_die(true)),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
