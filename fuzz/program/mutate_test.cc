#include "fuzz/program/mutate.h"

#include <gtest/gtest.h>

#include <set>

#include "fuzz/program/bytes.h"
#include "fuzz/program/design.h"
#include "fuzz/program/fake_target.h"
#include "fuzz/program/generate.h"
#include "fuzz/program/random_program.h"
#include "fuzz/schedule/strategies.h"

namespace rw::program {
namespace {

constexpr std::size_t kRoom = 4096;

FakeTarget fake;

TEST(Mutate, GivesValidProgramsAndIsAFunctionOfTheSeed) {
  for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
    const Program p = random_program(fake, seed);
    const Program q = mutate(p, {}, seed, kRoom);
    ASSERT_EQ(why_invalid(q), "") << "seed " << seed;
    ASSERT_TRUE(mutate(p, {}, seed, kRoom) == q) << "seed " << seed;
    ASSERT_EQ(q.design, p.design) << "seed " << seed;
  }
}

TEST(Mutate, FitsAnyBound) {
  Prng prng(1);
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    const std::size_t room = prng.below(64);
    const Program p = random_program(fake, seed);
    ASSERT_LE(encode(mutate(p, {}, seed, room)).size(), room) << "seed " << seed;
    const Program other = random_program(fake, seed + 1);
    ASSERT_LE(encode(crossover(p, other, {}, seed, room)).size(), room) << "seed " << seed;
  }
}

TEST(Mutate, AlmostAlwaysChangesSomething) {
  const Program p = generate(fake, {}, 3);
  unsigned changed = 0;
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    if (!same_run(mutate(p, {}, seed, kRoom), p)) ++changed;
  }
  EXPECT_GT(changed, 900U);
}

TEST(Mutate, HoldsPinnedValuesAndMayChangeOpenOnes) {
  const Program p = minimal(fake);
  std::set<std::vector<std::uint8_t>> designs;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    designs.insert(mutate(p, DesignValues{1, 0, 0, kOpen}, seed, kRoom).design);
  }
  EXPECT_EQ(designs, (std::set<std::vector<std::uint8_t>>{{1, 0, 0, 0}, {1, 0, 0, 1}}));
}

TEST(Mutate, DropsWhatASavedFileExpects) {
  Program p = minimal(fake);
  p.expect = "deadlock";
  p.key = "k1-deadlock-01234567";
  p.remarks.push_back({1, "# story"});
  const Program q = mutate(p, {}, 1, kRoom);
  EXPECT_TRUE(q.expect.empty() && q.key.empty() && q.remarks.empty());
}

// From one program, in many small steps, everything can be reached.
TEST(Mutate, ReachesEveryOpTaskCountFormAndLength) {
  std::set<unsigned> ops, tasks, strategies, setups;
  Program p = minimal(fake);
  for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
    p = mutate(p, {}, seed, 200);
    tasks.insert(static_cast<unsigned>(p.tasks.size()));
    strategies.insert(p.schedule.strategy);
    setups.insert(static_cast<unsigned>(p.setup.size()));
    for (const auto& list : p.tasks)
      for (const Op& op : list) ops.insert(op.op);
  }
  EXPECT_EQ(ops.size(), fake.ops().size());
  EXPECT_EQ(tasks.size(), fake.max_tasks());
  EXPECT_EQ(strategies.size(), schedule::strategies().size());
  EXPECT_GT(setups.size(), 5U);
}

TEST(Mutate, ListsGrowNoLongerThanThoseOfNewPrograms) {
  Program p = minimal(fake);
  std::size_t setup = 0, task = 0;
  for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
    p = mutate(p, {}, seed, kRoom);
    setup = std::max(setup, p.setup.size());
    for (const auto& list : p.tasks) task = std::max(task, list.size());
  }
  EXPECT_EQ(setup, fake.max_setup_ops());
  EXPECT_EQ(task, fake.max_task_ops());
}

TEST(Mutate, EditsListsWithoutGivingThemUp) {
  unsigned still_lists = 0, changed = 0, count = 0;
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    const Program p = random_program(fake, seed);
    if (p.schedule.decisions.segments.size() < 3) continue;
    ++count;
    const Program q = mutate(p, {}, seed, kRoom);
    if (q.schedule.form == Schedule::Form::list) ++still_lists;
    if (!(q.schedule == p.schedule)) ++changed;
  }
  EXPECT_GT(still_lists, count * 8 / 10);
  EXPECT_GT(changed, count * 3 / 10);
}

TEST(Crossover, GivesValidProgramsAndIsAFunctionOfTheSeed) {
  for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
    const Program a = random_program(fake, 2 * seed);
    const Program b = random_program(fake, 2 * seed + 1);
    const Program c = crossover(a, b, {}, seed, kRoom);
    ASSERT_EQ(why_invalid(c), "") << "seed " << seed;
    ASSERT_TRUE(crossover(a, b, {}, seed, kRoom) == c) << "seed " << seed;
    ASSERT_EQ(c.design, a.design) << "seed " << seed;
  }
}

TEST(Crossover, TakesFromBothParents) {
  Program a = minimal(fake);
  Program b = minimal(fake);
  a.tasks.assign(2, std::vector<Op>(3, Op{FakeTarget::sync, {}}));
  b.tasks.assign(2, std::vector<Op>(3, Op{FakeTarget::mm_new, {1}}));
  a.schedule.seed = 1;
  b.schedule.seed = 2;
  unsigned mixed = 0;
  std::set<std::uint64_t> seeds;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Program c = crossover(a, b, {}, seed, kRoom);
    std::set<unsigned> ops;
    for (const auto& list : c.tasks)
      for (const Op& op : list) ops.insert(op.op);
    if (ops.size() == 2) ++mixed;
    seeds.insert(c.schedule.seed);
  }
  EXPECT_GT(mixed, 60U);
  EXPECT_EQ(seeds, (std::set<std::uint64_t>{1, 2}));
}

}  // namespace
}  // namespace rw::program
