// Explore within a bound on preemptions: within none first, then within one, and so on up to it
// (Musuvathi and Qadeer, "Iterative context bounding for systematic testing of multithreaded
// programs", PLDI 2007).
//
// Promises: a failure has the fewest preemptions that any has; a search that is stopped has covered
// all bounds but the one in hand (`covered`); it ends early when a larger bound has nothing more.
// Counts are those of the bound in hand: it runs again what those below it have run. Without a
// bound it is explore_with_jobs(). Leaves out: the same for reduced searches, for a bound and the
// reduction do not go together.
#pragma once

#include "fuzz/engine/explore_jobs.h"

namespace rw::engine {

// As explore_with_jobs(); options.preemptions is the last bound.
Exploration explore_within_bounds(exec::Workload& workload, const ExploreOptions& options,
                                  const ExploreJobs& jobs,
                                  const std::function<void(const exec::Result&)>& see,
                                  ExploreError& error);

}  // namespace rw::engine
