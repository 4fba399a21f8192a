// The two-column table: one column per task, one row per event that matters.
//
//   stale-secondary  page#1 freed while device d0 maps it k1-stale-secondary-5be1a2c4
//         T0 truncate f0 0                  T1
//    11     spin_lock f0.i_mmap
//    12   |                               register d0
//    17   | frees page#1                      <- stale-secondary   targets/mm/zap.cc:214
//
// In front stand the numbers of the trace's steps, those that the debugger and JSON count, too:
// what is not shown leaves gaps, and what happens within one step has its number twice.
//
// Shown: op starts and skipped ops, lock, RCU and other operations, changes (before -> after),
// notes, blocking and waking, frees, the deciding accesses, the failing step. A bar stands in the
// column of a task that holds a lock. Hidden: reads, and writes inside locks, that do not decide.
// What repeats is shown once.
//
// Promises: no line is longer than the width (cut with "..."), none wraps; the same trace gives the
// same text; plain ASCII unless colour is asked for.
// Leaves out: why. The picture tells what happened, in the order in which it happened.
#pragma once

#include <string>

#include "fuzz/exec/failure.h"
#include "fuzz/exec/trace.h"

namespace rw::report {

// Columns; what is asked to be narrower is as wide as that.
inline constexpr unsigned kLeastWidth = 40;

struct TableOptions {
  unsigned width = 100;       // columns of the whole; at least kLeastWidth
  bool color = false;         // ANSI colours for terminals
  unsigned enough_rows = 24;  // beyond them, runs of rows that concern one task only are folded
  unsigned most_rows = 400;   // beyond them, the middle is left out and said to be
};

// `key`: verdict::key_of(failure), printed at the right end of the first line. Ends in a newline.
std::string two_column(const exec::Trace& trace, const exec::Failure& failure,
                       const std::string& key, const TableOptions& options);

// The table of a run that did not fail: the same without a header and a failing row.
std::string two_column(const exec::Trace& trace, const TableOptions& options);

}  // namespace rw::report
