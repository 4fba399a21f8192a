#include "fuzz/engine/explore_bounds.h"

#include <utility>

namespace rw::engine {

Exploration explore_within_bounds(exec::Workload& workload, const ExploreOptions& options,
                                  const ExploreJobs& jobs,
                                  const std::function<void(const exec::Result&)>& see,
                                  ExploreError& error) {
  if (options.preemptions == schedule::Exhaustive::kNoBound)
    return explore_with_jobs(workload, options, jobs, see, error);
  Exploration all = jobs.so_far;
  ExploreOptions within = options;
  ExploreJobs within_jobs = jobs;
  for (;;) {
    within.preemptions = all.within;
    within_jobs.so_far = std::move(all);
    all = explore_with_jobs(workload, within, within_jobs, see, error);
    if (all.failed || !all.rest.empty() || error.status != 0) return all;
    const bool last = all.within == options.preemptions || !all.limited;
    if (all.complete) all.covered = last ? options.preemptions : all.within;
    if (last) return all;
    Exploration next;
    next.within = all.within + 1;
    next.covered = all.covered;
    all = std::move(next);
  }
}

}  // namespace rw::engine
