#include "fuzz/engine/conformance_table.h"

#include <gtest/gtest.h>

#include "fuzz/engine/conformance.h"

namespace {

using namespace rw;

constexpr const char* kTwoRows =
    "# rows of my own\n"
    "row: mine1 store buffering with one fence\n"
    "T0: x.rlx=1; fence.sc; r0=y.rlx   # the fence\n"
    "T1: y.rlx=1; r0=x.rlx\n"
    "outcome: 0:r0=0 & 1:r0=0\n"
    "verdict: allowed\n"
    "\n"
    "row: mine2\n"
    "model: lkmm\n"
    "outcome: 0:r0=0 & 1:r0=0\n"
    "T0: x.once=1; mb; r0=y.once || T1: y.once=1; mb; r0=x.once\n";

std::string error_of(const std::string& text) {
  const auto table = engine::parse_table(text, "a.table");
  return table ? "" : table.error().text();
}

// kTwoRows with line `line` (from 1) replaced.
std::string error_with(unsigned line, const std::string& instead) {
  std::string text = kTwoRows;
  std::size_t at = 0;
  for (unsigned i = 1; i < line; ++i) at = text.find('\n', at) + 1;
  text.replace(at, text.find('\n', at) - at, instead);
  return error_of(text);
}

TEST(ConformanceTable, IsReadAndRuns) {
  const auto table = engine::parse_table(kTwoRows, "a.table");
  ASSERT_TRUE(table.ok()) << table.error().text();
  ASSERT_EQ(table.value().size(), 2U);
  const engine::TableRow& first = table.value()[0];
  EXPECT_EQ(first.id, "mine1");
  EXPECT_EQ(first.name, "store buffering with one fence");
  EXPECT_FALSE(first.kernel);
  EXPECT_EQ(first.verdict, ModelVerdict::allowed);
  const engine::TableRow& second = table.value()[1];
  EXPECT_TRUE(second.kernel);
  EXPECT_EQ(second.verdict, ModelVerdict::unknown);

  engine::ConformanceOptions options;
  options.memory = exec::Memory::weak_exact;
  EXPECT_GT(engine::check_row(first.row(), options).shown, 0U);
  options.memory = exec::Memory::lkmm;
  const engine::Conformance fenced = engine::check_row(second.row(), options);
  EXPECT_EQ(fenced.shown, 0U);
  EXPECT_TRUE(fenced.right(second.verdict));
}

TEST(ConformanceTable, AMistakeSaysWhereAndWhatToWrite) {
  EXPECT_EQ(error_of("# nothing\n"),
            "a.table:1: there is no row; write 'row: NAME', and below it tasks, outcome and "
            "verdict");
  EXPECT_EQ(error_of("verdict: allowed\n"),
            "a.table:1: 'verdict:' stands before the first row; write 'row: NAME' above it");
  EXPECT_EQ(error_with(2, "row:"),
            "a.table:2: 'row:' has no name; write one word, as in 'row: "
            "mine1'");
  EXPECT_EQ(error_with(6, "verdct: allowed"),
            "a.table:6: there is no key 'verdct'; did you mean 'verdict'?");
  EXPECT_EQ(error_with(6, "verdict: alowed"),
            "a.table:6: 'alowed' is none of the verdicts; did you mean 'allowed'?");
  EXPECT_EQ(error_with(6, "outcome: x=1"),
            "a.table:6: a second 'outcome:' in this row; the first is in line 5, keep one");
  EXPECT_EQ(error_with(8, "row: mine1"), "a.table:8: a second row 'mine1'; give each its own name");
  EXPECT_EQ(error_with(10, ""),
            "a.table:8: row 'mine2' has no outcome; write 'outcome: 0:r0=0 & x=1'");
  EXPECT_EQ(error_with(11, ""),
            "a.table:8: row 'mine2' has no tasks; write 'T0: x.rlx=1; r0=y.rlx'");
  EXPECT_EQ(error_with(4, "y.rlx=1"),
            "a.table:4: 'y.rlx=1' is no line of a table; write row, model, T0, T1, ..., outcome "
            "or verdict, a colon, and what it is");
}

TEST(ConformanceTable, AMistakeInAStatementIsFoundInItsLine) {
  EXPECT_EQ(error_with(4, "T1: y.strong=1; r0=x.rlx"),
            "a.table:4: in 'y.strong=1': there is no order 'strong'; C++ has na rlx acq rel ar sc, "
            "the kernel plain once acq rel full");
  EXPECT_EQ(error_with(4, "T1: v.rlx=1; r0=x.rlx"),
            "a.table:4: in 'v.rlx=1': there is no 'v'; locations are x y z w d, calls add xchg "
            "fence");
  EXPECT_EQ(error_with(4, "T1: y.rlx=10; r0=x.rlx"),
            "a.table:4: in 'y.rlx=10': 10 is too much; values are 0 to 9");
  EXPECT_EQ(error_with(4, "T1: y.rlx=1;"),
            "a.table:4: an empty statement; take out a ';', or the task");
  EXPECT_EQ(error_with(4, "T2: y.rlx=1"), "a.table:4: 'T2: y.rlx=1' does not begin with T1:");
  EXPECT_NE(error_with(4, "T1: hop(y)").find("a.table:4: 'hop(y)' is no statement; write x.rlx=1"),
            std::string::npos);
  EXPECT_NE(error_with(5, "outcome: 2:r0=1").find("a.table:5: '2:r0=1' is no part of an outcome"),
            std::string::npos);
}

TEST(ConformanceTable, WhatTheModelDoesNotHaveIsRefused) {
  EXPECT_EQ(error_with(3, "T0: lock(s); r0=y.rlx; unlock(s)"),
            "a.table:3: statement 1 of T0: locks, RCU and atomic_inc are the kernel's; write "
            "'model: lkmm'");
  EXPECT_EQ(error_with(3, "T0: x.rlx=1; mb; r0=y.rlx"),
            "a.table:3: statement 2 of T0: mb, wmb and rmb are the kernel's; write fence.acq, "
            "fence.rel, fence.ar or fence.sc, or 'model: lkmm'");
  EXPECT_EQ(error_with(3, "T0: x.acq=1; r0=y.rlx"),
            "a.table:3: statement 1 of T0: a store cannot acquire; write rel, or sc in C++");
  EXPECT_EQ(error_with(3, "T0: x.na=1; r0=y.rlx"),
            "a.table:3: x is plain data (na, plain) in one place and atomic in another; a row "
            "uses a location one way");
  EXPECT_EQ(error_with(11, "T0: x.once=1; fence.sc; r0=y.once || T1: r0=x.once"),
            "a.table:11: statement 2 of T0: fence.* is C++'s; write mb, wmb or rmb, or 'model: "
            "weak'");
  EXPECT_EQ(error_with(5, "outcome: 0:r7=0"),
            "a.table:5: T0 never reads into the register that the outcome names; write one it "
            "reads into");
}

TEST(ConformanceTable, WhatATaskCannotDoIsRefusedInItsLine) {
  const struct {
    const char* task;
    const char* says;
  } mistakes[] = {
      {"unlock(s)", "statement 1 of T0: unlock without lock before it in the task"},
      {"lock(s); lock(s); unlock(s)", "statement 2 of T0: a lock in a task that has it already"},
      {"lock(s); x.once=1", "T0 ends inside a lock or a section"},
      {"rcu_lock; rcu_lock; rcu_unlock", "statement 2 of T0: rcu_lock in a task that has it"},
      {"rcu_lock; sync_rcu; rcu_unlock", "statement 2 of T0: sync_rcu sleeps"},
      {"lock(s); sync_srcu(t); unlock(s)", "statement 2 of T0: sync_srcu sleeps"},
      {"i=srcu_lock(s); srcu_unlock(t,i)", "statement 2 of T0: srcu_unlock without srcu_lock"},
      {"r0=x.once; lock(s); if(r0); unlock(s)", "statement 3 of T0: an if inside a lock"},
      {"x.once=r5", "statement 1 of T0: a register that nothing has been read into"},
      {"if(r0); r0=x.once", "statement 1 of T0: a register that nothing has been read into"},
  };
  for (const auto& [task, says] : mistakes) {
    const std::string error =
        error_of(std::string("row: a\nmodel: lkmm\noutcome: x=0\nT0: ") + task + "\n");
    EXPECT_EQ(error.find(std::string("a.table:4: ") + says), 0U) << task << ": " << error;
  }
  EXPECT_EQ(error_of("row: a\nmodel: lkmm\noutcome: x=0\nT0: r0=x.once; if(r0); lock(s); "
                     "x.once=r0; unlock(s); sync_rcu\n"),
            "");
}

}  // namespace
