// Explore: every execution of a small program, within a bound, and a verdict over all of them.
//
// Promises: `complete` is true only if every equivalence class of executions
// (schedule/exhaustive.h) has been run to its end, none of them cut off by the step budget. What a
// stopped exploration has left is text (`rest`) to go on with.
// Leaves out: several processes (explore_jobs.h) and the file that keeps `rest` (explore_state.h).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "fuzz/exec/execution.h"
#include "fuzz/schedule/exhaustive.h"

namespace rw::engine {

struct Exploration {
  std::uint64_t executions = 0;  // run to their end
  std::uint64_t repeated = 0;    // given up as repetitions of others
  std::uint64_t impossible = 0;  // ended because the memory model has no such execution
  std::uint64_t cut_off = 0;     // of the executions: the step budget ended what was being explored
  std::uint64_t steps = 0;
  double share_done = 0;   // a guess, (0, 1]
  std::uint64_t open = 0;  // branches that are known to be open (Exhaustive::open_branches)
  bool complete = false;
  bool held_back = false;         // a spin loop was left where it would go round in vain
  bool limited = false;           // a larger bound has more executions
  bool failed = false;            // `see` returned false
  std::vector<std::string> rest;  // searches that are left (Exhaustive::saved); empty: none
  std::size_t parts = 1;          // searches that the whole was split into
  // Under a bound (explore_bounds.h): the one that all of this is within, and the largest one
  // within which all is explored, -1 if there is none.
  unsigned within = 0;
  std::int64_t covered = -1;

  void add(const Exploration& part);  // the counts
};

struct ExploreOptions {
  exec::Settings settings;
  unsigned preemptions = schedule::Exhaustive::kNoBound;
  std::uint64_t max_executions = 0;                  // of all kinds; 0: no limit
  std::string from;                                  // a search to go on with; empty: all
  std::function<bool()> stop;                        // asked now and then
  std::function<void(const Exploration&)> progress;  // told now and then
  // When it says so, `save` is told what has been done and, in `rest`, what a stop would leave.
  std::function<bool()> save_now;
  std::function<void(const Exploration&)> save;
};

// Runs `workload` until nothing is left, a limit is reached, or `see`, which is shown every
// execution that ended, returns false. Of a failed one it sees trace and decisions, too.
Exploration explore(exec::Workload& workload, const ExploreOptions& options,
                    const std::function<bool(const exec::Result&)>& see);

// Splits the search, or what is left of options.from, into at least `parts` of about the same
// depth, if it is that large: what is shallower is run, the others are in `rest`, in the order of
// the search.
Exploration split(exec::Workload& workload, const ExploreOptions& options, std::size_t parts,
                  const std::function<bool(const exec::Result&)>& see);

// The first execution of a search once more, with its trace and decisions.
exec::Result first_of(exec::Workload& workload, const ExploreOptions& options,
                      const std::string& search);

}  // namespace rw::engine
