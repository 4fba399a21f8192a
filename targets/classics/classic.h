// Classics: well-known concurrency bugs of the literature, written anew from their descriptions.
//
// A classic is up to four role functions over a little shared state, as a puzzle is, and beside
// them the programs of the benchmarks it comes from: how many threads play which role. Planted, it
// has the published bug; its fixed twin differs in that bug alone and is silent however its roles
// are drawn. A role that may not be played twice, or by two tasks at once, takes a seat first.
//
// Promises: one file per classic, named as the classic; adding one is that file and a line in
// classics.def. Thread and loop counts are those of the published programs.
// Leaves out: races as such. A shared int that the published program leaves unprotected is a
// plain_int here, so that what is found is its assertion or its deadlock, as in the literature.
#pragma once

#include <span>

#include "fuzz/benchmark.h"
#include "fuzz/sync/sync.h"

namespace rw::classics {

inline constexpr unsigned kRoles = 4;

// Runs on the calling task. Returns null, or a literal saying why it did nothing.
using Role = const char* (*)();

// So many threads play this role.
struct Team {
  unsigned threads = 0;
  unsigned role = 0;
};

// A program of a benchmark suite. Its main thread creates the others one by one, in the order of
// the teams, and then plays `main`.
struct Program {
  const char* name;
  Team teams[4];
  int main = -1;   // the main thread's own role; -1: it waits for the others
  Published best;  // docs/classics.md names the tables
  // The bug is found within so many schedules of `auto`, for the test's seeds.
  unsigned budget{};
};

struct Classic {
  const char* name;
  const char* kinds[3];  // the failure kinds the planted bug shows as; the first is the usual one
  const char* what;      // one line: the bug
  const char* fix;       // one line: what the fixed twin does
  const char* source;    // where the bug, or the algorithm it is in, is described
  // Makes the shared state for one execution.
  void (*begin)(bool planted);
  Role roles[kRoles];  // null: the classic has no such role
  // The checks that hold when all tasks have ended; may be null.
  void (*finish)();
  std::span<const Program> programs;
  const char* memory = "sc";  // under which the bug shows
};

// All classics, in the order of classics.def, which is the order of the target's axis values.
std::span<const Classic* const> all_classics();

// Their programs with the bug planted, in the same order.
std::span<const Benchmark> benchmarks();

#define RW_CLASSIC(name) extern const Classic name;
#include "targets/classics/classics.def"
#undef RW_CLASSIC

// ---- what classics are written with -------------------------------------------------------------

// A plain int of the published program: each access is a step that sees the newest value, and none
// is a race.
using plain_int = sync::coherent<int>;

// An assertion of the published program. `part`: the field it is about, for the failure's key.
inline void require(bool holds, const char* part, const char* message,
                    sync::site where = sync::site::current()) {
  if (!holds) sync::fail("invariant", {part}, message, where);
}

// The places of a role that N tasks at most may play. A task keeps its seat until the execution
// ends. Ghost state: no step, no order.
template <unsigned N>
class seats {
 public:
  static constexpr unsigned kNone = ~0U;

  // The calling task's seat, a free one if it has none yet, or kNone.
  unsigned mine() {
    const sync::ghost_section section;
    const unsigned me = sync::current_task() + 1;
    for (unsigned seat = 0; seat < N; ++seat) {
      if (owner_[seat].get() == 0) owner_[seat].set(me);
      if (owner_[seat].get() == me) return seat;
    }
    return kNone;
  }

 private:
  sync::ghost<std::uint32_t> owner_[N];
};

// A role that is played once in an execution.
class once {
 public:
  // Whether this is the first time.
  bool first() { return played_.add(1) == 1; }

 private:
  sync::ghost<std::uint32_t> played_;
};

}  // namespace rw::classics
