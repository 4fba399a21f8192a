#include "fuzz/shrink/shrink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "fuzz/program/bytes.h"
#include "fuzz/program/generate.h"
#include "fuzz/program/workload.h"
#include "fuzz/schedule/strategies.h"
#include "fuzz/shrink/rekey.h"
#include "fuzz/sync/sync.h"
#include "fuzz/verdict/key.h"

namespace rw::shrink {
namespace {

struct Shared {
  sync::atomic<std::uint32_t> armed{0};
  sync::atomic<std::uint32_t> count{0};
  sync::atomic<std::uint32_t> idle{0};
};
Shared* s;
int s_increments;

}  // namespace
}  // namespace rw::shrink

RW_TYPE_NAMED(rw::shrink::Shared, "shared", armed, count, idle)

namespace rw::shrink {
namespace {

using program::Op;
using program::Program;

// Ops: idle N does nothing that matters; arm; bump loses an update if another bump overtakes it,
// and only once armed.
class Fake : public Target {
 public:
  enum : std::uint8_t { kIdle, kArm, kBump };
  static constexpr OperandKind kSlot{"slot", 16, "s", {}};
  static constexpr Operand kOne[] = {{"slot", &kSlot}};
  static constexpr OpInfo kOps[] = {{"idle", kOne, false, "nothing"},
                                    {"arm", kOne, false, "makes bump count"},
                                    {"bump", kOne, false, "adds one, badly"}};
  static constexpr AxisValue kValues[] = {{"a", ""}, {"b", ""}, {"c", ""}};
  static constexpr Axis kAxes[] = {{"first", kValues, false, ""}, {"second", kValues, true, ""}};

  const char* name() const override { return "fake"; }
  const char* what() const override { return ""; }
  std::span<const OpInfo> ops() const override { return kOps; }
  std::span<const Axis> axes() const override { return kAxes; }
  std::span<const Rule> rules() const override { return {}; }
  std::span<const KindInfo> kinds() const override { return {}; }
  void begin(Design) override {
    s = sync::make<Shared>();
    s_increments = 0;
  }
  const char* run(unsigned op, std::span<const std::uint8_t>) override {
    if (op == kIdle) s->idle.fetch_add(1);
    if (op == kArm) s->armed.store(1);
    if (op == kBump) bump();
    return nullptr;
  }
  void finish() override {
    if (s->count.peek() != static_cast<std::uint32_t>(s_increments))
      sync::fail("invariant", {"count"}, "an update is lost");
  }

 private:
  static void bump() {
    if (s->armed.load() == 0) return;
    ++s_increments;
    s->count.store(s->count.load() + 1);
  }
};

Fake g_fake;

Program program_of(std::vector<Op> setup, std::vector<std::vector<Op>> tasks) {
  Program p = program::minimal(g_fake);
  p.setup = std::move(setup);
  p.tasks = std::move(tasks);
  program::normalise(p);
  return p;
}
Op op(std::uint8_t which, std::uint8_t slot = 0) {
  return {which, {slot}};
}

// ---- predicates that only look ------------------------------------------------------------------

unsigned count_of(const Program& p, std::uint8_t which) {
  unsigned n = 0;
  for (const auto& ops : p.tasks)
    n += static_cast<unsigned>(
        std::count_if(ops.begin(), ops.end(), [&](const Op& o) { return o.op == which; }));
  return n;
}

Program large() {
  std::vector<std::vector<Op>> tasks(4);
  for (std::uint8_t i = 0; i < 12; ++i) {
    tasks[0].push_back(op(Fake::kIdle, i));
    tasks[1].push_back(op(i % 4 == 0 ? Fake::kArm : Fake::kIdle, 7));
    tasks[2].push_back(op(i == 5 ? Fake::kBump : Fake::kIdle, 9));
    tasks[3].push_back(op(Fake::kIdle, 3));
  }
  Program p = program_of({op(Fake::kIdle, 4), op(Fake::kIdle, 5)}, tasks);
  p.design = {2, 1};
  p.granularity = exec::Granularity::fine;
  return p;
}

Predicate needs_two_arms_and_a_bump(std::uint64_t* runs = nullptr) {
  return [runs](const Program& p) {
    if (runs != nullptr) ++*runs;
    return Attempt{count_of(p, Fake::kArm) >= 2 && count_of(p, Fake::kBump) >= 1, {}, 0};
  };
}

TEST(Shrink, ReachesTheMinimumOfAProblemAboutOps) {
  const Shrunk shrunk = shrink(large(), needs_two_arms_and_a_bump(), {});
  ASSERT_TRUE(shrunk.reproduced);
  EXPECT_FALSE(shrunk.stopped);
  EXPECT_EQ(shrunk.after.task_ops, 3U);
  EXPECT_EQ(shrunk.after.tasks, 1U) << "nothing says that they must run beside one another";
  EXPECT_EQ(shrunk.after.setup_ops, 0U);
  EXPECT_EQ(shrunk.after.operands, 0U);
  EXPECT_EQ(shrunk.after.axes, 0U) << "design at its default, granularity coarse";
  EXPECT_EQ(shrunk.after, size_of(shrunk.program));
}

TEST(Shrink, LeavesTheDesignAloneIfAsked) {
  const Shrunk shrunk = shrink(large(), needs_two_arms_and_a_bump(),
                               {.simplify_design = false, .progress = {}, .stop = {}});
  EXPECT_EQ(shrunk.program.design, (std::vector<std::uint8_t>{2, 1}));
}

TEST(Shrink, KeepsWhatAnAxisValueIsNeededFor) {
  const Shrunk shrunk =
      shrink(large(), [](const Program& p) { return Attempt{p.design[0] == 2, {}, 0}; }, {});
  EXPECT_EQ(shrunk.program.design, (std::vector<std::uint8_t>{2, 0}));
  EXPECT_EQ(program::op_count(shrunk.program), 0U);
}

TEST(Shrink, AFailureThatNeedsNoWeakMemoryComesBackUnderSequentialConsistency) {
  Program p = large();
  p.memory = exec::Memory::lkmm;
  const Shrunk shrunk = shrink(p, needs_two_arms_and_a_bump(), {});
  EXPECT_EQ(shrunk.before.weak_memory, 1U);
  EXPECT_EQ(shrunk.program.memory, exec::Memory::sc);
}

TEST(Shrink, WeakMemoryStaysWhereItIsNeeded) {
  Program p = large();
  p.memory = exec::Memory::weak;
  const Predicate needs_weak = [](const Program& candidate) {
    return Attempt{
        candidate.memory == exec::Memory::weak && count_of(candidate, Fake::kBump) >= 1, {}, 0};
  };
  const Shrunk shrunk = shrink(p, needs_weak, {});
  EXPECT_EQ(shrunk.program.memory, exec::Memory::weak);
  EXPECT_EQ(shrunk.after.task_ops, 1U);
}

TEST(Shrink, PairsThatOnlyGoTogetherGo) {
  // As many arms as bumps, and at least one idle op.
  const Predicate balanced = [](const Program& p) {
    return Attempt{
        count_of(p, Fake::kArm) == count_of(p, Fake::kBump) && count_of(p, Fake::kIdle) > 0, {}, 0};
  };
  const Program p = program_of({}, {{op(Fake::kArm), op(Fake::kIdle), op(Fake::kBump)},
                                    {op(Fake::kBump), op(Fake::kIdle), op(Fake::kArm)}});
  EXPECT_EQ(shrink(p, balanced, {}).after.task_ops, 1U);
}

TEST(Shrink, OperandsThatMustBeEqualGoDownTogether) {
  const Predicate same_slot = [](const Program& p) {
    std::set<std::uint8_t> slots;
    for (const auto& ops : p.tasks)
      for (const Op& o : ops) slots.insert(o.operand[0]);
    return Attempt{slots.size() == 1 && count_of(p, Fake::kArm) == 2, {}, 0};
  };
  const Program p = program_of({}, {{op(Fake::kArm, 13), op(Fake::kArm, 13)}});
  EXPECT_EQ(shrink(p, same_slot, {}).after.operands, 0U);
}

TEST(Shrink, NoProgramIsRunTwice) {
  std::set<std::vector<std::uint8_t>> seen;
  const Predicate predicate = [&](const Program& p) {
    EXPECT_TRUE(seen.insert(program::encode(p)).second);
    return Attempt{count_of(p, Fake::kArm) >= 2, {}, 0};
  };
  const Shrunk shrunk = shrink(large(), predicate, {});
  EXPECT_EQ(shrunk.candidates, seen.size());
  EXPECT_GT(shrunk.memo_hits, 0U);
}

TEST(Shrink, CountsWhatEachPassTriedAndKept) {
  const Shrunk shrunk = shrink(large(), needs_two_arms_and_a_bump(), {});
  std::uint64_t tried = 0, kept = 0;
  for (const PassStatistics& pass : shrunk.passes) {
    tried += pass.tried;
    kept += pass.kept;
  }
  EXPECT_EQ(tried, shrunk.candidates);
  EXPECT_GT(kept, 3U);
}

TEST(Shrink, StoppedItKeepsTheBestSoFar) {
  std::uint64_t runs = 0;
  bool improved = false;
  ShrinkOptions options;
  options.stop = [&] { return improved; };
  options.progress = [&](const Progress& p) { improved = p.best.task_ops < 30; };
  const Predicate predicate = needs_two_arms_and_a_bump(&runs);
  const Shrunk shrunk = shrink(large(), predicate, options);
  EXPECT_TRUE(shrunk.stopped);
  EXPECT_LT(shrunk.after.task_ops, 30U);
  EXPECT_GT(shrunk.after.task_ops, 3U) << "it went on after it was stopped";
  EXPECT_TRUE(predicate(shrunk.program).same_key);
}

TEST(Shrink, TheBoundOnCandidatesHolds) {
  std::uint64_t runs = 0;
  ShrinkOptions options;
  options.max_candidates = 40;
  const Shrunk shrunk = shrink(large(), needs_two_arms_and_a_bump(&runs), options);
  EXPECT_TRUE(shrunk.stopped);
  EXPECT_EQ(runs, 40U);
  EXPECT_TRUE(needs_two_arms_and_a_bump()(shrunk.program).same_key);
}

TEST(Shrink, WhatDoesNotFailIsLeftAlone) {
  std::uint64_t runs = 0;
  const Program p = large();
  const Shrunk shrunk = shrink(p,
                               [&](const Program&) {
                                 ++runs;
                                 return Attempt{};
                               },
                               {});
  EXPECT_FALSE(shrunk.reproduced);
  EXPECT_EQ(runs, 1U);
  EXPECT_TRUE(program::same_run(shrunk.program, p));
}

TEST(Shrink, SameInputSameResult) {
  const Program a = shrink(large(), needs_two_arms_and_a_bump(), {}).program;
  const Program b = shrink(large(), needs_two_arms_and_a_bump(), {}).program;
  EXPECT_TRUE(a == b);
}

// ---- with real runs -----------------------------------------------------------------------------

exec::Result run(const Program& p, bool traced) {
  program::ProgramWorkload workload(p);
  exec::Settings settings;
  settings.granularity = p.granularity;
  settings.record_trace = traced;
  if (p.schedule.form == program::Schedule::Form::list) {
    schedule::Replay replay(p.schedule.decisions);
    return exec::run(workload, settings, &replay);
  }
  const auto strategy = program::strategy_of(p.schedule);
  return exec::run(workload, settings, strategy.get());
}

Attempt attempt(const Program& p) {
  const exec::Result plain = run(p, false);
  if (!plain.failure) return {};
  return {true, run(p, true).decisions, plain.switches};
}

// A lost update takes an arm and two bumps, one inside the other: 2 switches.
TEST(Shrink, ALostUpdateShrinksToTwoBumpsAndTwoSwitches) {
  unsigned found = 0;
  for (std::uint64_t seed = 0; seed < 400 && found < 10; ++seed) {
    const Program p = program::generate(g_fake, {}, seed);
    if (!run(p, false).failure) continue;
    ++found;
    const Shrunk shrunk = shrink(p, attempt, {});
    ASSERT_TRUE(shrunk.reproduced);
    EXPECT_EQ(shrunk.after.tasks, 2U) << seed;
    EXPECT_LE(shrunk.after.task_ops, 2U) << seed;
    EXPECT_EQ(shrunk.after.setup_ops, 1U) << seed << ": arm belongs to set-up";
    EXPECT_EQ(shrunk.after.switches, 2U) << seed;
    EXPECT_EQ(shrunk.after.preemptions, 1U) << seed;
    EXPECT_EQ(shrunk.program.schedule.form, program::Schedule::Form::list);
    schedule::Replay replay(shrunk.program.schedule.decisions);
    program::ProgramWorkload workload(shrunk.program);
    EXPECT_TRUE(exec::run(workload, {}, &replay).failure) << seed;
    EXPECT_FALSE(replay.divergence()) << seed << ": " << replay.divergence()->why;
  }
  EXPECT_EQ(found, 10U);
}

TEST(Shrink, AFailureThatSetUpAloneCanShowKeepsItsLastOpInATask) {
  const Predicate needs_two_arms = [](const Program& p) {
    unsigned arms = count_of(p, Fake::kArm);
    for (const Op& o : p.setup) arms += o.op == Fake::kArm ? 1 : 0;
    return Attempt{arms >= 2, {}, 0};
  };
  const Program p = program_of(
      {op(Fake::kIdle)}, {{op(Fake::kArm), op(Fake::kArm), op(Fake::kIdle)}, {op(Fake::kIdle)}});
  const Shrunk shrunk = shrink(p, needs_two_arms, {});
  EXPECT_EQ(shrunk.after.tasks, 1U);
  EXPECT_EQ(shrunk.after.task_ops, 1U);
  EXPECT_EQ(shrunk.after.setup_ops, 1U);
}

// ---- lists when ops go --------------------------------------------------------------------------

TEST(Rekey, OpNumbersFollowTheOpsThatAreLeft) {
  using Until = exec::Segment::Until;
  const Program p = program_of({}, {{op(0), op(1), op(2)}, {op(0)}, {op(1)}});
  exec::Decisions d;
  d.segments = {{0, Until::step, 1, 2, "gone"},
                {2, Until::blocked, 0, 0, ""},
                {1, Until::end, 0, 0, ""},
                {0, Until::step, 2, 1, "bump"},
                {2, Until::end, 0, 0, ""}};
  d.choices = {{0, 1, 1, "steal", 1}, {0, 2, 1, "steal", 1}, {2, 0, 1, "wake", 1}};
  Selection selection = everything(p);
  selection.keep[0][1] = false;
  selection.keep_task[1] = false;
  const std::vector<exec::Decisions> ways = rekeyed(d, selection);
  ASSERT_EQ(ways.size(), 2U);

  const exec::Decisions& dropped = ways[0];
  ASSERT_EQ(dropped.segments.size(), 3U);
  EXPECT_EQ(dropped.segments[0].task, 1U) << "task 2 is task 1 now";
  EXPECT_EQ(dropped.segments[1].op, 1U) << "op 2 is op 1 now";
  ASSERT_EQ(dropped.choices.size(), 2U);
  EXPECT_EQ(dropped.choices[0].op, 1U);
  EXPECT_EQ(dropped.choices[1].task, 1U);

  const exec::Decisions& runs_on = ways[1];
  ASSERT_EQ(runs_on.segments.size(), 4U);
  EXPECT_EQ(runs_on.segments[0].until, Until::end);

  const Program left = selected(p, selection);
  EXPECT_EQ(left.tasks.size(), 2U);
  EXPECT_EQ(left.tasks[0].size(), 2U);
}

TEST(Rekey, NeighboursOfOneTaskBecomeOneWithTheLaterStop) {
  using Until = exec::Segment::Until;
  std::vector<exec::Segment> segments = {
      {0, Until::step, 0, 1, "a"}, {0, Until::step, 0, 4, "b"}, {1, Until::end, 0, 0, ""}};
  merge_neighbours(segments);
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(segments[0].function, "b");
}

}  // namespace
}  // namespace rw::shrink
