#include "fuzz/engine/explore_jobs.h"

#include <algorithm>

#include "fuzz/engine/explore_parts.h"

namespace rw::engine {
namespace {

// So that the last ones end at about the same time. Within a bound the sizes of parts differ more,
// and a split brings no repetitions.
constexpr std::size_t kPartsPerJob = 32;
constexpr std::size_t kPartsPerJobWithinBound = 512;

bool is_new(const Exploration& so_far) {
  return so_far.executions + so_far.repeated + so_far.impossible == 0 && so_far.rest.empty();
}

// A guess of how much of the whole is done: `left` of its parts were not at an end when this began,
// and so much has been done of those.
double share_of(const Exploration& all, std::size_t left, double of_them) {
  return (static_cast<double>(all.parts - left) + of_them) / static_cast<double>(all.parts);
}

void add_from(std::vector<std::string>& rest, const std::vector<std::string>& searches,
              std::size_t first) {
  rest.insert(rest.end(), searches.begin() + static_cast<std::ptrdiff_t>(first), searches.end());
}

// One part after the other, in this process.
Exploration one_by_one(exec::Workload& workload, const ExploreOptions& options, Exploration all,
                       const std::function<void(const exec::Result&)>& see) {
  const std::vector<std::string> searches = std::move(all.rest);
  all.rest.clear();
  for (std::size_t i = 0; i < searches.size(); ++i) {
    if (i > 0) {  // a part may be too small to ask by itself
      Exploration so_far = all;
      so_far.open = searches.size() - i;
      add_from(so_far.rest, searches, i);
      if (options.stop && options.stop()) return so_far;
      if (options.save_now && options.save_now()) options.save(so_far);
    }
    ExploreOptions part_options = options;
    part_options.from = searches[i];
    part_options.progress = [&](const Exploration& part) {
      Exploration so_far = all;
      so_far.add(part);
      so_far.share_done = share_of(all, searches.size() - i, part.share_done);
      so_far.open = part.open + searches.size() - i - 1;
      if (options.progress) options.progress(so_far);
    };
    part_options.save = [&](const Exploration& part) {
      Exploration so_far = all;
      so_far.add(part);
      so_far.rest = part.rest;
      add_from(so_far.rest, searches, i + 1);
      options.save(so_far);
    };
    const Exploration part = explore(workload, part_options, [&](const exec::Result& result) {
      if (result.failure) see(result);
      return !result.failure;
    });
    all.add(part);
    all.failed = part.failed;
    all.share_done = share_of(all, searches.size() - i, part.share_done);
    if (part.rest.empty()) continue;
    all.open = part.open + searches.size() - i - 1;
    all.rest = part.rest;
    add_from(all.rest, searches, i + 1);
    return all;
  }
  return all;
}

}  // namespace

Exploration explore_with_jobs(exec::Workload& workload, const ExploreOptions& options,
                              const ExploreJobs& jobs,
                              const std::function<void(const exec::Result&)>& see,
                              ExploreError& error) {
  Exploration all = jobs.so_far;
  if (is_new(all)) {
    all.rest = {""};
    if (jobs.jobs > 1) {
      const bool bounded = options.preemptions != schedule::Exhaustive::kNoBound;
      const std::size_t parts = bounded ? kPartsPerJobWithinBound : kPartsPerJob;
      all = split(workload, options, jobs.jobs * parts, [&](const exec::Result& result) {
        if (result.failure) see(result);
        return !result.failure;
      });
      all.within = jobs.so_far.within;
      all.covered = jobs.so_far.covered;
    }
    if (all.failed) return all;
  }
  if (jobs.jobs == 1) {
    all = one_by_one(workload, options, std::move(all), see);
  } else {
    all = ExploreParts(workload, options, jobs, std::move(all)).run(error);
    if (all.failed) see(first_of(workload, options, all.rest.back()));
  }
  all.complete = error.status == 0 && all.rest.empty() && all.cut_off == 0;
  if (all.rest.empty()) {
    all.share_done = 1;
    all.open = 0;
  }
  return all;
}

}  // namespace rw::engine
