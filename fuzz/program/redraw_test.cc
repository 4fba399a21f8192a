#include "fuzz/program/redraw.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "fuzz/program/edit.h"
#include "fuzz/program/fake_target.h"

namespace rw::program {
namespace {

FakeTarget target;

Op touch() {
  return {FakeTarget::touch, {2, 1, 0, 1}};
}

Program sample() {
  Program p = minimal(target);
  p.setup = {{FakeTarget::mm_new, {2}}};
  p.tasks = {{{FakeTarget::mmap, {2, 1, 3}}, touch(), {FakeTarget::sync, {}}}, {touch()}};
  p.schedule.seed = 7;
  return p;
}

// Runs a list as the workload does, with a target on which only touch does nothing.
void play(Redraw& redraw, const Program& p, int list) {
  for (std::size_t i = 0; i < ops_of(p, list).size(); ++i) {
    unsigned index = redraw.begin(list);
    while (redraw.op(list, index).op == FakeTarget::touch && redraw.again(list, index)) ++index;
  }
}

TEST(Redraw, PutsOpsBehindTheOneThatDidNothingUntilOneDoesSomething) {
  const Program p = sample();
  RunRecord record;
  Redraw redraw(p, record);
  play(redraw, p, kSetup);
  play(redraw, p, 0);
  const Program spelled = as_run(p, record);
  EXPECT_EQ(spelled.setup, p.setup);
  const std::vector<Op>& ops = spelled.tasks[0];
  ASSERT_GE(ops.size(), 4U);
  EXPECT_EQ(ops[0], p.tasks[0][0]);
  EXPECT_EQ(ops[1], touch());
  EXPECT_NE(ops[ops.size() - 2].op, FakeTarget::touch);
  EXPECT_EQ(ops.back().op, FakeTarget::sync);
  EXPECT_EQ(why_invalid(spelled), "");
}

TEST(Redraw, DropsWhatDidNothing) {
  const Program p = sample();
  RunRecord record;
  Redraw redraw(p, record);
  for (int list = kSetup; list < 2; ++list) play(redraw, p, list);
  const Program kept = without_idle(p, record);
  EXPECT_EQ(kept.tasks[0].size(), 3U);
  EXPECT_EQ(kept.tasks[1].size(), 1U);
  for (const std::vector<Op>& ops : kept.tasks)
    for (const Op& op : ops) EXPECT_NE(op.op, FakeTarget::touch);
}

TEST(Redraw, WhatHasNotBegunStaysInTheProgram) {
  const Program p = sample();
  RunRecord record;
  Redraw redraw(p, record);
  EXPECT_EQ(as_run(p, record), p);
  play(redraw, p, kSetup);
  (void)redraw.begin(0);
  EXPECT_EQ(as_run(p, record), p);
}

TEST(Redraw, DrawsTheSameForTheSameProgramWhateverTheTasksOrder) {
  const Program p = sample();
  RunRecord a, b;
  Redraw first(p, a);
  for (const int list : {kSetup, 0, 1}) play(first, p, list);
  Redraw second(p, b);
  for (const int list : {kSetup, 1, 0}) play(second, p, list);
  EXPECT_EQ(as_run(p, a), as_run(p, b));
  Program other = p;
  other.schedule.seed++;
  Redraw third(other, b);
  for (const int list : {kSetup, 0, 1}) play(third, other, list);
  EXPECT_NE(as_run(p, a).tasks, as_run(other, b).tasks);
}

TEST(Redraw, GivesUpSomeTimeAndNeverFillsAListBeyondItsBound) {
  Program p = minimal(target);
  p.tasks = {std::vector<Op>(kMaxOpsPerList - 2, touch())};
  RunRecord record;
  Redraw redraw(p, record);
  for (std::size_t i = 0; i < p.tasks[0].size(); ++i) {
    unsigned index = redraw.begin(0);
    while (redraw.again(0, index)) ++index;  // a world in which nothing does anything
  }
  EXPECT_EQ(as_run(p, record).tasks[0].size(), kMaxOpsPerList);
  EXPECT_TRUE(without_idle(p, record).tasks[0].empty());
  p.tasks = {{touch()}};
  Redraw alone(p, record);
  unsigned drawn = 0;
  for (unsigned index = alone.begin(0); alone.again(0, index); ++index) ++drawn;
  EXPECT_GT(drawn, 0U);
  EXPECT_LT(drawn, kMaxOpsPerList / 2);
}

// What the op before worked on is there most likely.
TEST(Redraw, TakesMostOperandsFromAnOpThatDidSomething) {
  unsigned alike = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Program p = minimal(target);
    p.tasks = {{{FakeTarget::mmap, {3, 33, 1}}, {FakeTarget::touch, {0, 5, 0, 1}}}};
    p.schedule.seed = seed;
    RunRecord record;
    Redraw redraw(p, record);
    (void)redraw.begin(0);
    const unsigned index = redraw.begin(0);
    ASSERT_TRUE(redraw.again(0, index));
    const Op& drawn = redraw.op(0, index + 1);
    alike += drawn.op == FakeTarget::touch && drawn.operand[0] == 3 && drawn.operand[1] == 33;
  }
  EXPECT_GT(alike, 60U);  // of the half that keep their kind, three quarters
}

}  // namespace
}  // namespace rw::program
