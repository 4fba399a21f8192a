// Puzzles: one-screen planted bugs, the self-test of engine, oracles and shrinker.
//
// A puzzle is up to four role functions over a little shared state. Planted, it has one bug of one
// failure kind; its fixed twin differs in that bug alone and must stay silent however its roles are
// drawn: any role on any task, any number of times, in any order, beside any other.
//
// Promises: one file per puzzle, named as the puzzle; each opens with its race as numbered steps.
// Adding one is that file and a line in puzzles.def.
// Leaves out: how a puzzle is driven; target.cc makes the rw::Target "puzzles" of the table.
#pragma once

#include <span>

#include "fuzz/sync/sync.h"

namespace rw::puzzles {

inline constexpr unsigned kRoles = 4;

// Runs on the calling task. Returns null, or a literal saying why it did nothing.
using Role = const char* (*)();

// What the shrinker must reach: no more tasks, ops and context switches than these.
struct Size {
  unsigned tasks = 0;
  unsigned ops = 0;
  unsigned switches = 0;
};

struct Puzzle {
  const char* name;
  const char* kind;  // the failure kind the planted bug shows as
  const char* what;  // one line: the bug
  const char* fix;   // one line: what the fixed twin does
  // Makes the shared state for one execution.
  void (*begin)(bool planted);
  Role roles[kRoles];  // null: the puzzle has no such role
  // The checks that hold when all tasks have ended; may be null.
  void (*finish)();
  unsigned tasks;   // how many tasks the bug takes
  unsigned budget;  // a hunt finds it within so many executions
  Size shrunk;
  // The planted bug kills the process: only a worker process may run it.
  bool dies = false;
};

// All puzzles, in the order of puzzles.def, which is the order of the target's axis values.
std::span<const Puzzle* const> all_puzzles();

#define RW_PUZZLE(name) extern const Puzzle name;
#include "targets/puzzles/puzzles.def"
#undef RW_PUZZLE

}  // namespace rw::puzzles
