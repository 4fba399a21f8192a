#include "fuzz/program/edit.h"

#include <gtest/gtest.h>

#include "fuzz/program/fake_target.h"

namespace rw::program {
namespace {

using Until = exec::Segment::Until;

FakeTarget fake;

// T0 and T1 of three ops each; a decision about each op, and one that names none.
Program sample() {
  Program p = minimal(fake);
  p.tasks.assign(2, std::vector<Op>(3, Op{FakeTarget::sync, {}}));
  p.schedule.form = Schedule::Form::list;
  for (std::uint8_t t = 0; t < 2; ++t) {
    for (std::uint16_t op = 0; op < 3; ++op) {
      p.schedule.decisions.segments.push_back({t, Until::step, op, 1, "f"});
      p.schedule.decisions.choices.push_back({t, op, 1, "wake", 1});
    }
    p.schedule.decisions.segments.push_back({t, Until::blocked, 0, 0, ""});
  }
  return p;
}

// "0:0 0:1 ..." task and op of each segment, then of each choice; '-' where a segment names no op.
std::string entries(const Program& p) {
  std::string out;
  for (const auto& s : p.schedule.decisions.segments) {
    out += std::to_string(s.task) + ":" +
           (s.until == Until::step ? std::to_string(s.op) : std::string("-")) + " ";
  }
  out += "|";
  for (const auto& c : p.schedule.decisions.choices) {
    out += " " + std::to_string(c.task) + ":" + std::to_string(c.op);
  }
  return out;
}

TEST(Edit, InsertingAnOpMovesLaterDecisionsAlong) {
  Program p = sample();
  insert_op(p, 0, 1, {FakeTarget::mm_new, {1}});
  EXPECT_EQ(p.tasks[0].size(), 4U);
  EXPECT_EQ(p.tasks[0][1].op, FakeTarget::mm_new);
  EXPECT_EQ(entries(p), "0:0 0:2 0:3 0:- 1:0 1:1 1:2 1:- | 0:0 0:2 0:3 1:0 1:1 1:2");
  EXPECT_EQ(why_invalid(p), "");
}

TEST(Edit, ErasingAnOpErasesItsDecisionsAndMovesLaterOnes) {
  Program p = sample();
  erase_op(p, 1, 0);
  EXPECT_EQ(entries(p), "0:0 0:1 0:2 0:- 1:0 1:1 1:- | 0:0 0:1 0:2 1:0 1:1");
  EXPECT_EQ(why_invalid(p), "");
}

TEST(Edit, SetUpIsNotInTheList) {
  Program p = sample();
  const std::string before = entries(p);
  insert_op(p, kSetup, 0, {FakeTarget::sync, {}});
  EXPECT_EQ(p.setup.size(), 1U);
  erase_op(p, kSetup, 0);
  EXPECT_TRUE(p.setup.empty());
  EXPECT_EQ(entries(p), before);
}

TEST(Edit, ErasingATaskRenumbersTheRest) {
  Program p = sample();
  erase_task(p, 0);
  EXPECT_EQ(p.tasks.size(), 1U);
  EXPECT_EQ(entries(p), "0:0 0:1 0:2 0:- | 0:0 0:1 0:2");
  EXPECT_EQ(why_invalid(p), "");
}

TEST(Edit, SwappingTasksTwiceChangesNothing) {
  Program p = sample();
  p.tasks[0].pop_back();
  const Program before = p;
  swap_tasks(p, 0, 1);
  EXPECT_EQ(p.tasks[0].size(), 3U);
  EXPECT_EQ(p.schedule.decisions.segments[0].task, 1);
  swap_tasks(p, 0, 1);
  EXPECT_TRUE(p == before);
}

}  // namespace
}  // namespace rw::program
