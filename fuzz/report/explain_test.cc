#include "fuzz/report/explain.h"

#include <gtest/gtest.h>

#include <sstream>

#include "fuzz/report/story.h"

namespace rw::report {
namespace {

using exec::EventKind;
using exec::Failure;

std::string told(const Story& s, const Failure* failure, unsigned width = 200) {
  Run run;
  run.failure = failure;
  run.trace = &s.trace;
  return numbered(explain(run), width);
}

exec::TaskStatus status(unsigned task, std::string state) {
  exec::TaskStatus s;
  s.task = task;
  s.state = std::move(state);
  return s;
}

// T1 frees what T0 has found without a lock.
struct UseAfterFree {
  Story s;
  Failure f;

  explicit UseAfterFree(bool ordered = false, const std::string& lock = "") {
    s.phase = 0;
    s.op(0, "make");
    s.event(EventKind::born, 0, "box#1");
    s.phase = 1;
    s.op(0, "use");
    s.trace.events.back().clock = {2, 0};
    s.op(1, "drop");
    s.trace.events.back().clock = {1, 1};
    s.read(0, "list#1.head", 7);
    s.lock(1, "spin_lock", "list#1.lock");
    s.event(EventKind::died, 1, "box#1").clock = {1, 1};
    s.unlock(1, "spin_unlock", "list#1.lock");
    if (!lock.empty()) s.lock(0, "spin_lock", lock);
    s.read(0, "other#1.word", 1);
    s.trace.events.back().clock = {2, ordered ? 1U : 0U};
    f.kind = "use-after-free";
    f.parts = {"box", "drop_box", "use_box"};
    f.message = "box#1: freed by T1 in drop_box, and used by T0 in use_box";
    f.where = {"targets/box.cc", "use_box", 9};
    f.task = 0;
    f.step = s.step + 1;
    f.tasks = {status(0, "running"), status(1, "finished")};
  }
};

TEST(Explain, TellsWhoMadeFreedAndUsedAndThatNothingOrdersTheTwo) {
  const UseAfterFree u;
  EXPECT_EQ(told(u.s, &u.f),
            R"(1 Set-up: make. T0 runs use. T1 runs drop.
2 T1 in drop, steps 7 to 14: takes list#1.lock; frees box#1 (targets/mm/zap.cc:110); drops list#1.lock.
3 T0 in use, step 16: uses box#1.
4 use-after-free: box#1: freed by T1 in drop_box, and used by T0 in use_box (targets/box.cc:9, step 16).
5 Set-up allocated box#1 in zap_pte_range() (targets/mm/zap.cc:102, step 2 of set-up).
6 T1 freed box#1 in zap_pte_range() (targets/mm/zap.cc:110, step 10), holding list#1.lock.
7 T0 used it in use_box() (targets/box.cc:9, step 16), holding no lock.
8 No lock was held by both, and nothing orders the two: T0 has learnt of nothing that T1 did from there on.
)");
}

TEST(Explain, AUseThatComesAfterTheFreeIsSaidToBeAnOldPointer) {
  const UseAfterFree u(true);
  EXPECT_NE(told(u.s, &u.f).find(
                "No lock was held by both: T0 had learnt of it, and used what it had read before."),
            std::string::npos)
      << told(u.s, &u.f);
}

TEST(Explain, ALockThatBothHeldIsNamed) {
  const UseAfterFree u(false, "list#1.lock");
  EXPECT_NE(told(u.s, &u.f).find("Both held list#1.lock, but not at the same time"),
            std::string::npos)
      << told(u.s, &u.f);
}

TEST(Explain, ADeadlockIsACircleOfHoldersAndWaiters) {
  Story s;
  s.op(0, "ab");
  s.op(1, "ba");
  s.lock(0, "mutex_lock", "pair#1.a");
  s.lock(1, "mutex_lock", "pair#1.b");
  s.blocks(0, "mutex_lock", "pair#1.b");
  s.blocks(1, "mutex_lock", "pair#1.a");
  Failure f;
  f.kind = "deadlock";
  f.message = "T0 waits for pair#1.b, held by T1; T1 waits for pair#1.a, held by T0";
  f.tasks = {status(0, "waits for pair#1.b, held by T1"),
             status(1, "waits for pair#1.a, held by T0")};
  EXPECT_EQ(told(s, &f),
            R"(1 T0 runs ab. T1 runs ba.
2 T0 in ab, steps 4 to 6: takes pair#1.a. It is stopped, holding pair#1.a.
3 T1 in ba, steps 8 to 10: takes pair#1.b. It is stopped, holding pair#1.b.
4 T0 in ab, step 12: mutex_lock pair#1.b: waits.
5 T1 in ba, step 14: mutex_lock pair#1.a: waits.
6 deadlock: T0 waits for pair#1.b, held by T1; T1 waits for pair#1.a, held by T0.
7 T0 holds pair#1.a (since step 5, in zap_pte_range()) and waits for pair#1.b, held by T1.
8 T1 holds pair#1.b (since step 9, in zap_pte_range()) and waits for pair#1.a, held by T0.
9 Each of the 2 tasks waits for another of them: none can go on.
)");
}

TEST(Explain, ALostWakeUpIsTheLastOneThatCameTooEarly) {
  Story s;
  s.op(0, "wake");
  s.op(1, "sleep");
  s.event(EventKind::notify, 0, "gate#1.word");
  s.event(EventKind::wait, 1, "gate#1.word");
  Failure f;
  f.kind = "lost-wakeup";
  f.message = "T1 waits for gate#1.word; nobody is left to wake it";
  f.tasks = {status(0, "finished"), status(1, "waits for gate#1.word")};
  EXPECT_NE(told(s, &f).find("The last wake-up of gate#1.word was T0's in zap_pte_range() "
                             "(targets/mm/zap.cc:103, step 3), before T1 went to sleep (step 4)."),
            std::string::npos)
      << told(s, &f);
}

TEST(Explain, WrongOrderNamesWhoTookTheLocksTheOtherWayRound) {
  Story s;
  s.op(0, "ab");
  s.lock(0, "spin_lock", "x#1.a");
  s.lock(0, "spin_lock", "x#1.b");
  s.unlock(0, "spin_unlock", "x#1.b");
  s.unlock(0, "spin_unlock", "x#1.a");
  s.op(1, "ba");
  s.lock(1, "spin_lock", "x#2.b");
  s.event(EventKind::operation_begin, 1, "x#2.a").text = "spin_lock";
  Failure f;
  f.kind = "lock-order";
  f.message = "x#2.a is taken while x#2.b is held; elsewhere in this execution: a cycle";
  f.task = 1;
  f.step = s.step;
  f.tasks = {status(0, "finished"), status(1, "running")};
  const std::string text = told(s, &f);
  EXPECT_NE(text.find("T0 took x#1.b while it held x#1.a"), std::string::npos) << text;
  EXPECT_NE(text.find("T1 took x#2.a while it held x#2.b"), std::string::npos) << text;
}

// Both tasks' writes, though none of them failed.
TEST(Explain, WhatTheFinalChecksMetHasBothTasksAccesses) {
  Story s;
  s.op(0, "count");
  s.op(1, "count");
  s.read(0, "x#1.count", 0);
  s.change(1, "x#1.count", 0, 1);
  s.change(0, "x#1.count", 1, 1);
  s.phase = 2;
  s.read(0, "x#1.count", 1);
  Failure f;
  f.kind = "invariant";
  f.message = "x#1.count is 1, and 2 were counted";
  f.where = {"targets/x.cc", "finish", 9};
  f.step = s.step + 1;
  const std::string text = told(s, &f);
  EXPECT_NE(text.find("The final checks, steps 6 to 7: reads x#1.count = 1; they fail.\n"),
            std::string::npos)
      << text;
  const std::string place = "in zap_pte_range() (targets/mm/zap.cc:";
  EXPECT_NE(text.find("T1 wrote x#1.count (0 -> 1) " + place + "104, step 4), holding no lock."),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("T0 wrote x#1.count (1 -> 1) " + place + "105, step 5), holding no lock."),
            std::string::npos)
      << text;
}

// The note of a free is one, and what set-up did is not a task's doing.
TEST(Explain, AnOraclesFailureNamesWhoBroughtTheTwoTogether) {
  Story s;
  s.phase = 0;
  s.note(0, "install spte kvm#0[0x2] -> page#4");
  s.phase = 1;
  s.op(0, "zap");
  s.change(0, "kvm#0.count", 0, 1);
  s.note(0, "free page#4");
  Failure f;
  f.kind = "stale-secondary";
  f.message = "page#4 is freed while kvm#0 maps it";
  f.step = s.step;
  f.tasks = {status(0, "running")};
  s.change(0, "page#4.flags", 0, 0);
  EXPECT_NE(told(s, &f).find("\"install spte kvm#0[0x2] -> page#4\" was set-up's doing in "),
            std::string::npos)
      << told(s, &f);
  f.kind = "use-after-free";
  f.message = "page#4 is used";
  f.step = s.step + 1;
  EXPECT_NE(told(s, &f).find("T0 freed page#4 in zap_pte_range() (targets/mm/zap.cc:104, step 4), "
                             "holding no lock."),
            std::string::npos)
      << told(s, &f);
}

TEST(Explain, RowsThatAreLeftOutAreSaidToBe) {
  Story s;
  s.op(0, "count");
  s.op(1, "count");
  for (unsigned i = 0; i < 300; ++i) s.change(0, "x#1.count", i, i + 1);
  s.change(1, "x#1.count", 300, 301);
  for (unsigned i = 301; i < 600; ++i) s.change(0, "x#1.count", i, i + 1);
  const std::string text = told(s, nullptr);
  EXPECT_NE(text.find(" 200 rows are left out here; racewalk show --json has every step.\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("It is stopped"), std::string::npos) << "it goes on behind them: " << text;
}

TEST(Explain, ARunThatDoesNotFailSaysSo) {
  Story s;
  s.op(0, "count");
  s.change(0, "x#1.count", 0, 1);
  EXPECT_EQ(told(s, nullptr), R"(1 T0 runs count.
2 T0 in count, step 2: x#1.count 0 -> 1.
3 The run did not fail.
)");
}

TEST(Explain, NoLineIsLongerThanTheWidthAndLongRunsLoseTheirMiddle) {
  Story s;
  s.op(0, "count");
  s.op(1, "count");
  for (unsigned i = 0; i < 100; ++i) s.change(i % 2, "x#1.count", i, i + 1);
  const std::string text = told(s, nullptr, 40);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 40u) << line;
  EXPECT_NE(text.find("turns are left out"), std::string::npos);
  EXPECT_NE(text.find(" 99 -> 100."), std::string::npos) << "the end matters most";
}

}  // namespace
}  // namespace rw::report
