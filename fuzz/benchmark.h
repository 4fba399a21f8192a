// Benchmark: a program whose bug is known to the field, and how soon others have found it.
//
// Promises: data only; ops are indices into Target::ops() and take no operands. What
// `racewalk bench classics` runs; targets/classics has them.
// Leaves out: how a program is driven, and the right twin of each: the target's tests run that.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fuzz/target.h"

namespace rw {

// A figure from the literature. `schedules`: mean number to the first failure, over the trials that
// had one; `found` of `trials` had.
struct Published {
  const char* tool = nullptr;  // null: nobody has published one
  unsigned schedules = 0;
  unsigned found = 20;
  unsigned trials = 20;
};

struct Benchmark {
  const char* name;                              // "reorder_4"
  Target* target;                                //
  std::vector<std::uint8_t> design;              // one value index per axis
  const char* memory;                            // "sc", "weak", "lkmm"
  std::vector<std::vector<std::uint8_t>> tasks;  // each task's ops
  std::vector<const char*> kinds;                // failure kinds its bug shows as
  Published best;
};

// All benchmarks of this build, in a fixed order (targets/registry.cc).
std::span<const Benchmark> benchmarks();

}  // namespace rw
