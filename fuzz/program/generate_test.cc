#include "fuzz/program/generate.h"

#include <gtest/gtest.h>

#include <set>

#include "fuzz/program/design.h"
#include "fuzz/program/fake_target.h"
#include "fuzz/schedule/strategies.h"

namespace rw::program {
namespace {

FakeTarget fake;

TEST(Generate, IsValidWithinTheTargetsBoundsAndAFunctionOfTheSeed) {
  for (std::uint64_t seed = 0; seed < 5'000; ++seed) {
    const Program p = generate(fake, {}, seed);
    ASSERT_EQ(why_invalid(p), "") << "seed " << seed;
    ASSERT_LE(p.tasks.size(), fake.max_tasks());
    ASSERT_LE(p.setup.size(), fake.max_setup_ops());
    for (const auto& ops : p.tasks) {
      ASSERT_GE(ops.size(), 1U);
      ASSERT_LE(ops.size(), fake.max_task_ops());
    }
    ASSERT_TRUE(generate(fake, {}, seed) == p) << "seed " << seed;
  }
}

TEST(Generate, KeepsThePinnedValuesAndDrawsTheOpenOnes) {
  std::set<std::vector<std::uint8_t>> designs;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    designs.insert(generate(fake, DesignValues{1, 0, 0, kOpen}, seed).design);
  }
  EXPECT_EQ(designs, (std::set<std::vector<std::uint8_t>>{{1, 0, 0, 0}, {1, 0, 0, 1}}));
  designs.clear();
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    designs.insert(generate(fake, {}, seed).design);
  }
  EXPECT_EQ(designs.size(), 2U);
}

TEST(Generate, ReachesEveryOpStrategyTaskCountAndLength) {
  std::set<unsigned> ops, strategies, tasks, lengths, values;
  for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
    const Program p = generate(fake, {}, seed);
    strategies.insert(p.schedule.strategy);
    tasks.insert(static_cast<unsigned>(p.tasks.size()));
    for (const auto& list : p.tasks) {
      lengths.insert(static_cast<unsigned>(list.size()));
      for (const Op& op : list) {
        ops.insert(op.op);
        if (op.op == FakeTarget::mmap) values.insert(op.operand[1]);
      }
    }
  }
  EXPECT_EQ(ops.size(), fake.ops().size());
  EXPECT_EQ(strategies.size(), schedule::strategies().size());
  EXPECT_EQ(tasks.size(), fake.max_tasks());
  EXPECT_EQ(lengths.size(), fake.max_task_ops());
  EXPECT_EQ(values.size(), 64U);
}

// What swarm testing and pools are for; the bounds are far from what uniform draws would give
// (all 5 ops in nearly every program of 10 ops; some 9 pages among 10 draws).
TEST(Generate, LeavesOutOpsAndKeepsToFewValuesInEachProgram) {
  unsigned programs = 0, without_some_op = 0, colliding = 0;
  for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
    const Program p = generate(fake, {}, seed);
    std::set<unsigned> ops, pages;
    unsigned count = 0, uses = 0;
    for (const auto& list : p.tasks) {
      for (const Op& op : list) {
        ++count;
        ops.insert(op.op);
        if (op.op != FakeTarget::mmap && op.op != FakeTarget::touch) continue;
        ++uses;
        pages.insert(op.operand[1]);
      }
    }
    if (count < 10 || uses < 6) continue;
    ++programs;
    if (ops.size() < 5) ++without_some_op;
    if (pages.size() <= 4) ++colliding;
  }
  ASSERT_GT(programs, 100U);
  EXPECT_GT(without_some_op, programs / 2);
  EXPECT_GT(colliding, programs * 3 / 4);
}

// Handles must mostly be alive, or most ops are skipped.
TEST(Generate, MakesMostHandlesBeforeUsingThem) {
  unsigned used = 0, made = 0;
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    const Program p = generate(fake, {}, seed);
    std::set<unsigned> alive;
    for (const Op& op : p.setup) {
      if (op.op == FakeTarget::mm_new) alive.insert(op.operand[0]);
    }
    for (const auto& list : p.tasks) {
      for (const Op& op : list) {
        if (op.op == FakeTarget::mm_new) alive.insert(op.operand[0]);
        if (op.op != FakeTarget::mmap) continue;
        ++used;
        made += alive.count(op.operand[0]) != 0 ? 1 : 0;
      }
    }
  }
  EXPECT_GT(made, used * 3 / 4) << made << " of " << used;
}

}  // namespace
}  // namespace rw::program
