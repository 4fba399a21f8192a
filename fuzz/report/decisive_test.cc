#include "fuzz/report/decisive.h"

#include <gtest/gtest.h>

#include "fuzz/memory/arena.h"
#include "fuzz/report/story.h"

namespace rw::report {
namespace {

using exec::EventKind;
using exec::Failure;

Failure failure(const Story& s, unsigned task, const std::string& message) {
  Failure f;
  f.kind = "invariant";
  f.message = message;
  f.task = task;
  f.step = s.step + 1;
  f.tasks.resize(2);
  return f;
}

// By their steps, which count from 1 as a Story's events do.
std::vector<std::uint32_t> steps(const Story& s, const Failure& f) {
  std::vector<std::uint32_t> steps;
  for (const std::size_t i : decisive_events(s.trace, f)) steps.push_back(s.trace.events[i].step);
  return steps;
}

using Steps = std::vector<std::uint32_t>;

TEST(Decisive, AnAssertionHangsOnWhatAnotherTaskChangedOfWhatItReadLast) {
  Story s;
  s.read(1, "pair#0.a", 0);
  s.change(0, "pair#0.a", 0, 1);
  s.change(0, "pair#0.b", 0, 1);
  s.lock(0, "spin_lock", "pair#0.lock");
  s.read(1, "pair#0.b", 1);
  s.read(1, "pair#0.lock", 1);
  EXPECT_EQ(steps(s, failure(s, 1, "halves of two pairs")), Steps{3});
}

TEST(Decisive, WhatBringsTwoNamedThingsTogetherWeighsMost) {
  Story s;
  s.note(1, "install spte kvm#0[0x2] -> page#4");
  s.change(1, "page#4.flags", 0, 1);
  s.event(EventKind::rmw, 1, "page#4.refcount").after = 1;
  s.read(0, "page#4.flags", 1);
  EXPECT_EQ(steps(s, failure(s, 0, "page#4 is freed while kvm#0 maps it")), Steps{1});
  EXPECT_EQ(steps(s, failure(s, 0, "page#4 is freed")), Steps{2});
  EXPECT_EQ(steps(s, failure(s, 0, "page#44 is freed")), Steps{2}) << "it was read";
}

TEST(Decisive, AFieldThatLosesANamedThingWeighsMoreThanTheThingsOwnFields) {
  Story s;
  s.event(EventKind::born, 1, "page#4").location = 64;
  s.change(1, "table#0.pte", memory::kArenaBase + 64, 0);
  s.change(1, "page#4.flags", 0, 1);
  EXPECT_EQ(steps(s, failure(s, 0, "page#4 counts one too many")), Steps{2});
}

TEST(Decisive, CountersAndLocksWeighLittleUnlessTheMessageSpellsThemOut) {
  Story s;
  s.change(1, "page#4.flags", 0, 1);
  s.event(EventKind::rmw, 1, "page#4.refcount").after = 1;
  s.lock(1, "lock_page", "page#4.lock");
  EXPECT_EQ(steps(s, failure(s, 0, "page#4 is freed")), Steps{1});
  EXPECT_EQ(steps(s, failure(s, 0, "page#4.refcount goes up from zero")), Steps{2});
  EXPECT_EQ(steps(s, failure(s, 0, "page#4.lock is unlocked by T0")), Steps{4});
}

TEST(Decisive, TheFinalChecksHangOnBothTasksAccesses) {
  Story s;
  s.read(0, "sum#0.count", 0);
  s.change(1, "sum#0.count", 0, 1);
  s.change(0, "sum#0.count", 1, 1);
  s.phase = 2;
  s.read(0, "sum#0.count", 1);
  Failure f = failure(s, 0, "2 increments, the counter says 1");
  f.tasks.clear();
  EXPECT_EQ(steps(s, f), (Steps{2, 3}));
}

TEST(Decisive, OneTaskAloneIsNotBlamedForALastLook) {
  Story s;
  s.change(0, "sum#0.count", 0, 1);
  s.phase = 2;
  s.read(0, "sum#0.count", 1);
  Failure f = failure(s, 0, "4 at one go; the bound is 3");
  f.tasks.clear();
  EXPECT_EQ(steps(s, f), Steps{});
  f.message = "sum#0.count is odd";
  EXPECT_EQ(steps(s, f), Steps{1});
}

TEST(Decisive, WhereNoOtherTaskHasAPartItIsWhatSetUpDidToNamedThings) {
  Story s;
  s.phase = 0;
  s.note(0, "install spte kvm#0[0x2] -> page#4");
  s.phase = 1;
  s.change(0, "page#4.flags", 0, 1);
  s.change(1, "world#0.clock", 0, 1);
  EXPECT_EQ(steps(s, failure(s, 0, "page#4 is freed while kvm#0 maps it")), Steps{1});
}

TEST(Decisive, AWrongOrderHangsOnTheLockThatIsHeldAndOnTheOtherOrder) {
  Story s;
  s.lock(1, "spin_lock", "x#0.a");
  s.lock(1, "spin_lock", "x#0.b");
  s.unlock(1, "spin_unlock", "x#0.b");
  s.unlock(1, "spin_unlock", "x#0.a");
  s.lock(0, "spin_lock", "x#0.b");
  s.event(EventKind::operation_begin, 0, "x#0.a").text = "spin_lock";
  Failure f = failure(s, 0, "x#0.a is taken while x#0.b is held; elsewhere: a cycle");
  f.kind = "lock-order";
  f.step = s.step;
  EXPECT_EQ(steps(s, f), (Steps{7, 19}));
}

TEST(Decisive, ALockThatTheMessageSaysWasTakenIsThere) {
  Story s;
  s.event(EventKind::operation_begin, 0, "x#0.lock").text = "spin_lock";
  exec::Event& taken = s.event(EventKind::acquired, 0, "x#0.lock");
  taken.operation = "spin_lock";
  taken.where.function = "drain";
  const Failure f =
      failure(s, 0, "f may sleep, but T0 is atomic since spin_lock in drain (x.lock)");
  EXPECT_EQ(steps(s, f), Steps{2});
  s.event(EventKind::released, 0, "x#0.lock");
  EXPECT_EQ(steps(s, f), Steps{}) << "it is not held any more";
}

TEST(Decisive, WhatIsOffSinceALockHasThePlaceWhereTheLockWasTaken) {
  Story s;
  s.lock(0, "spin_lock", "x#0.other");
  s.lock(0, "spin_lock", "x#12.lock");
  EXPECT_EQ(steps(s, failure(s, 0, "5 are freed and preemption is off since x.lock")), Steps{7});
  EXPECT_EQ(steps(s, failure(s, 0, "5 are freed and preemption is off since x.locks")), Steps{});
}

TEST(Decisive, WhatIsOffSincePreemptDisableHasTheNoteThatSaysSo) {
  Story s;
  s.note(0, "preemption off: gather of CPU 0");
  s.note(1, "preemption off: gather of CPU 1");
  const auto f = failure(s, 0, "f may sleep, but T0 is in atomic context since preempt_disable");
  EXPECT_EQ(steps(s, f), Steps{1});
  EXPECT_EQ(steps(s, failure(s, 0, "f may sleep, but T0 is in atomic context")), Steps{});
}

TEST(Decisive, ACounterBroughtToZeroHangsOnTheOtherTasksChangeOfIt) {
  Story s;
  const auto count = [&](unsigned task, const char* object, unsigned before, unsigned after) {
    exec::Event& e = s.event(EventKind::rmw, task, object);
    e.before = before;
    e.after = after;
  };
  count(1, "av#0.refcount", 3, 2);
  count(1, "page#0.mapcount", 1, 0);
  s.read(0, "page#0.mapcount", 0);
  count(0, "av#0.refcount", 2, 1);
  s.read(0, "av#0.root", 7);
  EXPECT_EQ(steps(s, failure(s, 0, "f may sleep")), Steps{2}) << "it was not the last reference";
  s.trace.events[3].after = 0;
  EXPECT_EQ(steps(s, failure(s, 0, "f may sleep")), Steps{1});
}

TEST(Decisive, WhereNothingNamedChangedItIsTheLastChangeThatHasWords) {
  Story s;
  s.change(0, "table#0.pte", 3, 1);
  s.trace.events.back().before_words = "page#3|wy";
  s.trace.events.back().after_words = "page#3|y";
  s.change(0, "mm#0.users", 3, 1);
  EXPECT_EQ(steps(s, failure(s, 0, "CPU 0 may still write to mm#1[0x0, 0x1)")), Steps{1});
  s.trace.events[0].task = 1;
  EXPECT_EQ(steps(s, failure(s, 0, "CPU 0 may still write to mm#1[0x0, 0x1)")), Steps{});
}

}  // namespace
}  // namespace rw::report
