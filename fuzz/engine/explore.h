// Explore: every execution of a small program, within a bound, and a verdict over all of them.
//
// Promises: `complete` is true only if every equivalence class of executions
// (schedule/exhaustive.h) has been run to its end, none of them cut off by the step budget. Leaves
// out: several processes.
#pragma once

#include <cstdint>
#include <functional>

#include "fuzz/exec/execution.h"
#include "fuzz/schedule/exhaustive.h"

namespace rw::engine {

struct Exploration {
  std::uint64_t executions = 0;  // run to their end
  std::uint64_t repeated = 0;    // given up as repetitions of others
  std::uint64_t impossible = 0;  // ended because the memory model has no such execution
  std::uint64_t cut_off = 0;     // of the executions: the step budget ended what was being explored
  std::uint64_t steps = 0;
  double share_done = 0;  // a guess, (0, 1]
  bool complete = false;
};

struct ExploreOptions {
  exec::Settings settings;
  unsigned preemptions = schedule::Exhaustive::kNoBound;
  std::uint64_t max_executions = 0;                  // with repeated and impossible ones; 0: none
  std::function<bool()> stop;                        // asked now and then
  std::function<void(const Exploration&)> progress;  // told now and then
};

// Runs `workload` until nothing is left, a limit is reached, or `see`, which is shown every
// execution that ended, returns false. Of a failed one it sees trace and decisions, too.
Exploration explore(exec::Workload& workload, const ExploreOptions& options,
                    const std::function<bool(const exec::Result&)>& see);

}  // namespace rw::engine
