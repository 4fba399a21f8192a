#include "fuzz/engine/explore_jobs.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstring>

#include "fuzz/engine/exit_status.h"
#include "fuzz/engine/explore_pool.h"
#include "fuzz/sync/check.h"

namespace rw::engine {
namespace {

// So that the last ones end at about the same time. Within a bound the sizes of parts differ more,
// and a split brings no repetitions.
constexpr std::size_t kPartsPerJob = 32;
constexpr std::size_t kPartsPerJobWithinBound = 512;
constexpr unsigned kMostDeaths = 3;  // of one part's workers
constexpr int kTick = 100;           // milliseconds

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

// Parts and who has them.
class Parts {
 public:
  Parts(exec::Workload& workload, const ExploreOptions& options, const ExploreJobs& jobs,
        Exploration all)
      : options_(options),
        jobs_(jobs),
        pool_(workload, options, jobs.jobs, jobs.fork),
        searches_(std::move(all.rest)),
        results_(searches_.size()),
        deaths_(searches_.size()),
        before_(std::move(all)) {
    before_.rest.clear();
    for (std::size_t i = searches_.size(); i-- > 0;) waiting_.push_back(i);
  }

  Exploration run(ExploreError& error) {
    while (hand_out(error)) {
      for (const unsigned w : pool_.ready(kTick)) listen(w, error);
      if (options_.progress) options_.progress(so_far());
      if (options_.save_now && options_.save_now()) options_.save(at_an_end());
      if (stopped_ || (error.status == 0 && !(options_.stop && options_.stop()))) continue;
      stopped_ = true;
      pool_.stop();
    }
    return so_far();
  }

 private:
  // Parts behind the first failure are of no interest. False: there is nobody to wait for.
  bool hand_out(ExploreError& error) {
    bool busy = false;
    int cannot = 0;  // errno: there will be no more processes for now
    for (unsigned w = 0; w < pool_.size(); ++w) {
      if (pool_.job_of(w) != ExplorePool::kNoJob && pool_.job_of(w) > first_failed_) pool_.kill(w);
      if (pool_.job_of(w) == ExplorePool::kNoJob && is_wanted() && (cannot == 0 || pool_.runs(w))) {
        const int failed = pool_.give(w, waiting_.back(), searches_[waiting_.back()]);
        if (failed == 0) waiting_.pop_back();
        cannot = failed != 0 ? failed : cannot;
      }
      busy = busy || pool_.job_of(w) != ExplorePool::kNoJob;
    }
    if (cannot != 0) too_few(cannot, error);
    return busy;
  }

  // Whether a part is to be handed out.
  bool is_wanted() const {
    return !stopped_ && !waiting_.empty() && waiting_.back() < first_failed_;
  }

  void too_few(int cannot, ExploreError& error) {
    const unsigned running = pool_.running();
    const std::string what = running == 0 ? "no worker process" : "not all worker processes";
    const std::string text = fmt::format("{} can be made: {}", what, std::strerror(cannot));
    if (running == 0) {
      error = {kExitCannotWrite, text};
    } else if (jobs_.warn && !warned_) {
      jobs_.warn(fmt::format("{}; going on with {} of {}", text, running, pool_.size()));
      warned_ = true;
    }
  }

  void listen(unsigned worker, ExploreError& error) {
    const std::size_t job = pool_.job_of(worker);
    int status = 0;
    const auto answer = pool_.answer(worker, status);
    if (answer) {
      results_[job] = *answer;
      if (answer->failed) first_failed_ = std::min(first_failed_, job);
      return;
    }
    waiting_.push_back(job);
    if (++deaths_[job] < kMostDeaths) return;
    error = {
        kExitOwnBug,
        fmt::format("the process that explored part {} of {} died {} times, the last time {}",
                    job + 1, searches_.size(), kMostDeaths,
                    WIFSIGNALED(status) ? fmt::format("of signal {}", WTERMSIG(status))
                                        : fmt::format("with exit status {}", WEXITSTATUS(status)))};
  }

  Exploration so_far() const {
    const Exploration now = pool_.under_way();
    Exploration all = at_an_end(now.share_done);
    all.add(now);
    all.open += now.open;
    return all;
  }

  // Without the parts under way, which are then part of what is left.
  Exploration at_an_end(double share_under_way = 0) const {
    Exploration all = before_;
    double done = share_under_way;
    all.open = 0;
    for (std::size_t i = 0; i < searches_.size() && i <= first_failed_; ++i) {
      if (!results_[i]) {
        all.rest.push_back(searches_[i]);
        ++all.open;
        continue;
      }
      const Exploration& part = *results_[i];
      all.add(part);
      done += part.rest.empty() ? 1 : part.share_done;
      all.rest.insert(all.rest.end(), part.rest.begin(), part.rest.end());
      all.open += part.open;
      all.failed = all.failed || part.failed;
    }
    all.share_done = share_of(all, searches_.size(), done);
    return all;
  }

  const ExploreOptions& options_;
  const ExploreJobs& jobs_;
  ExplorePool pool_;
  std::vector<std::string> searches_;
  std::vector<std::optional<Exploration>> results_;
  std::vector<unsigned> deaths_;
  std::vector<std::size_t> waiting_;  // the next one last
  Exploration before_;
  std::size_t first_failed_ = ExplorePool::kNoJob;
  bool stopped_ = false;
  bool warned_ = false;
};

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
    all = Parts(workload, options, jobs, std::move(all)).run(error);
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
