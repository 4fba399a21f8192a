// Which task held which lock, from where to where.
//
// Promises: one Hold per acquisition, in the order of the acquisitions; a pure function of the
// trace.
// Leaves out: locks that the code under test does not tell the engine of (lockdep_acquired).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/exec/trace.h"

namespace rw::report {

struct Hold {
  unsigned task = 0;
  std::string lock;                // "mm_struct#0.mmap_sem"
  bool shared = false;             // as a reader
  std::size_t taken = 0;           // index of the event
  std::optional<std::size_t> let;  // of the release; empty: held to the end
  std::uint8_t phase = 0;          // in which it was taken
};

std::vector<Hold> holds_of(const exec::Trace& trace);

// Those of `task` that are held just before event `at` (trace.events.size(): at the end).
std::vector<const Hold*> held_at(const std::vector<Hold>& holds, unsigned task, std::size_t at);

}  // namespace rw::report
