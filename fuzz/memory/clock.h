// Vector clocks: what happens before what, for up to kMaxTasks tasks.
//
// Promises: plain arrays, no allocation. Entry t of a clock is how far task t had come.
// Leaves out: who increments when; race_detector.h says so.
#pragma once

#include <array>
#include <cstdint>

#include "fuzz/sync/tasks.h"

namespace rw::memory {

using sync::kMaxTasks;

using Clock = std::array<std::uint32_t, kMaxTasks>;

// Two vector instructions: what is stored at the end cannot change what is still to be read.
[[gnu::always_inline]] inline void join(Clock& into, const Clock& from) {
  Clock both;
  for (unsigned t = 0; t < kMaxTasks; ++t) both[t] = into[t] < from[t] ? from[t] : into[t];
  into = both;
}

// Without an early end, so that it is vector instructions too.
[[gnu::always_inline]] inline bool includes(const Clock& all, const Clock& part) {
  bool within = true;
  for (unsigned t = 0; t < kMaxTasks; ++t) within &= part[t] <= all[t];
  return within;
}

// The happens-before state of one task. The names are those of the view machine that weak memory
// models use: `current` is what the task knows; an acquire fence adds `acquirable` (what relaxed
// loads have met), a relaxed store publishes `releasable` (what a release fence has set).
struct TaskClocks {
  Clock current{};
  Clock acquirable{};
  Clock releasable{};
  bool has_acquirable = false;
  bool has_releasable = false;
};

}  // namespace rw::memory
