// shrink: the smallest program that still fails with the same key.
//
// The concept: passes, one per file, each propose smaller programs; a proposal that still fails
// with the same key replaces the program, and everything is repeated until no pass gains anything.
// Coarse passes come first (whole tasks, then ops), the schedule next (fewest switches), fine ones
// last (choices, operands, design axes). When ops go, the schedule's op numbers shift: each
// proposal is tried with its schedule re-keyed, with the schedule as it stands, and with a few
// fresh searches.
//
// Promises: the result fails with the same key (its predicate said so) and is never larger than the
// input; the same input and predicate give the same result. Each distinct program is run once.
// Leaves out: running anything, and what "same key" means: the predicate is the engine's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "fuzz/program/program.h"

namespace rw::shrink {

// What one run of a candidate showed.
struct Attempt {
  bool same_key = false;
  exec::Decisions decisions;   // that the run made; used where same_key holds
  std::uint32_t switches = 0;  // of the run
};
using Predicate = std::function<Attempt(const program::Program&)>;

// What is made smaller, in the order in which it counts.
struct Size {
  unsigned tasks = 0;  // tasks with at least one op
  unsigned task_ops = 0;
  unsigned setup_ops = 0;
  unsigned weak_memory = 0;  // 1: another memory model than sc
  unsigned switches = 0;     // segments after the first whose task differs from the one before
  unsigned idle_tasks = 0;   // without an op: an empty column in the picture
  unsigned preemptions = 0;  // segments that stop before a step their task could have made
  unsigned choices = 0;
  unsigned axes = 0;           // design axes off their default; fine granularity counts as one
  std::uint64_t operands = 0;  // sum of all operands
  auto operator<=>(const Size&) const = default;
};
Size size_of(const program::Program& p);

// Whether `p`, which failed by following its own list and made `made`, is to keep that list. A run
// without an end (a livelock) makes a list as long as the step budget, and a short one does as
// well.
bool keeps_its_list(const program::Program& p, const exec::Decisions& made);

struct PassStatistics {
  std::string name;
  std::uint64_t tried = 0;  // candidates the predicate ran
  std::uint64_t kept = 0;
};

struct Progress {
  const char* pass = "";
  Size best;
  std::uint64_t candidates = 0;  // run so far
};

struct ShrinkOptions {
  std::uint64_t max_candidates = 200'000;  // runs of the predicate; the best so far is kept
  // Fresh generator schedules tried when a smaller program's list does not fail; once nothing gets
  // smaller, up to 16 times as many.
  unsigned searches = 50;
  bool simplify_design = true;  // try axes at their default; false: the design is left alone
  // Called after each improvement and now and then in between.
  std::function<void(const Progress&)> progress;
  // Asked before each candidate; true ends the work with the best so far (Ctrl-C).
  std::function<bool()> stop;
};

struct Shrunk {
  program::Program program;  // in list form, once such a list has failed again
  bool reproduced = false;   // the input itself failed with the key; if not, nothing was tried
  bool stopped = false;      // ended by stop() or by max_candidates
  Size before, after;
  std::uint64_t candidates = 0;  // runs of the predicate
  std::uint64_t memo_hits = 0;   // proposals that had been run before
  std::uint64_t rounds = 0;      // times all passes were gone through
  std::vector<PassStatistics> passes;
};

Shrunk shrink(const program::Program& input, const Predicate& predicate,
              const ShrinkOptions& options);

}  // namespace rw::shrink
