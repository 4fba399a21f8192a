#include "fuzz/engine/explore_parts.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "fuzz/engine/clock.h"
#include "fuzz/engine/exit_status.h"

namespace rw::engine {
namespace {

constexpr unsigned kMostDeaths = 3;  // of one part's workers
constexpr int kTick = 100;           // milliseconds
// Pieces a process of a part that is split again: fewer than of the whole, for it may be nearly
// done; a piece that is large is split once more.
constexpr std::size_t kPiecesPerJob = 4;

}  // namespace

ExploreParts::ExploreParts(exec::Workload& workload, const ExploreOptions& options,
                           const ExploreJobs& jobs, Exploration all)
    : workload_(workload),
      options_(options),
      jobs_(jobs),
      pool_(workload, options, jobs.jobs, jobs.fork),
      holders_(jobs.jobs),
      before_(std::move(all)) {
  for (std::string& search : before_.rest) parts_.push_back({.search = std::move(search)});
  before_.rest.clear();
}

Exploration ExploreParts::run(ExploreError& error) {
  while (hand_out(error)) {
    for (const unsigned w : pool_.ready(kTick)) listen(w, error);
    if (options_.progress) options_.progress(so_far());
    if (options_.save_now && options_.save_now()) options_.save(at_an_end());
    if (stopped_ || (error.status == 0 && !(options_.stop && options_.stop()))) continue;
    stopped_ = true;
    for (unsigned w = 0; w < pool_.size(); ++w) pool_.ask_back(w);
  }
  return at_an_end();
}

// False: there is nobody to wait for.
bool ExploreParts::hand_out(ExploreError& error) {
  bool busy = false;
  bool idle = false;
  int cannot = 0;  // errno: there will be no more processes for now
  for (unsigned w = 0; w < pool_.size(); ++w) {
    if (pool_.is_busy(w) && holders_[w].part->no_matter) pool_.kill(w);
    if (!pool_.is_busy(w) && (cannot == 0 || pool_.runs(w)))
      if (const int failed = give_next(w); failed != 0) cannot = failed;
    busy = busy || pool_.is_busy(w);
    idle = idle || (!pool_.is_busy(w) && (pool_.runs(w) || !too_few_));
  }
  if (cannot != 0) too_few(cannot, error);
  if (cannot == 0 && busy && idle && !stopped_) ask_for_a_large_one();
  return busy;
}

// errno, if the worker cannot be made.
int ExploreParts::give_next(unsigned worker) {
  const Place part = first_waiting();
  if (part == parts_.end()) return 0;
  if (const int failed = pool_.give(worker, part->search); failed != 0) return failed;
  part->under_way = true;
  holders_[worker] = {.part = part, .since = now()};
  return 0;
}

ExploreParts::Place ExploreParts::first_waiting() {
  if (stopped_) return parts_.end();
  return std::find_if(parts_.begin(), parts_.end(), [](const Part& part) {
    return !part.done && !part.under_way && !part.no_matter;
  });
}

void ExploreParts::too_few(int cannot, ExploreError& error) {
  const unsigned running = pool_.running();
  const std::string what = running == 0 ? "no worker process" : "not all worker processes";
  const std::string text = fmt::format("{} can be made: {}", what, std::strerror(cannot));
  if (running == 0)
    error = {kExitCannotWrite, text};
  else if (jobs_.warn && !too_few_)
    jobs_.warn(fmt::format("{}; going on with {} of {}", text, running, pool_.size()));
  too_few_ = true;
}

void ExploreParts::listen(unsigned worker, ExploreError& error) {
  const Holder holder = holders_[worker];
  int status = 0;
  std::optional<Exploration> answer = pool_.answer(worker, status);
  holder.part->under_way = false;
  if (!answer) return died(holder.part, status, error);
  holder.part->done = std::move(answer);
  Exploration& done = *holder.part->done;
  if (done.failed) return failed(holder.part);
  if (done.rest.empty()) return;
  const Part left = {
      .search = std::move(done.rest[0]), .open = done.open, .no_matter = holder.part->no_matter};
  done.rest.clear();
  const Place place = parts_.insert(std::next(holder.part), left);
  if (holder.asked && !stopped_) split_again(place);
}

void ExploreParts::died(Place part, int status, ExploreError& error) {
  if (++part->deaths < kMostDeaths) return;
  error = {
      kExitOwnBug,
      fmt::format("the process that explored part {} of {} died {} times, the last time {}",
                  std::distance(parts_.begin(), part) + 1, parts_.size(), kMostDeaths,
                  WIFSIGNALED(status) ? fmt::format("of signal {}", WTERMSIG(status))
                                      : fmt::format("with exit status {}", WEXITSTATUS(status)))};
}

// Parts behind the first that fails are of no interest.
void ExploreParts::failed(Place part) {
  for (++part; part != parts_.end(); ++part) part->no_matter = true;
}

// There is a worker without a part. One that has had its part for long hands back what it has left,
// which is split among all. Without a bound a split makes repetitions, so a part is first given
// time to come to its end; and one at a time, for its pieces may be enough for all who are idle.
void ExploreParts::ask_for_a_large_one() {
  std::size_t longest = holders_.size();
  for (unsigned w = 0; w < pool_.size(); ++w) {
    if (!pool_.is_busy(w)) continue;
    if (holders_[w].asked) return;
    if (longest == holders_.size() || holders_[w].since < holders_[longest].since) longest = w;
  }
  Holder& holder = holders_[longest];
  if (now() - holder.since < jobs_.split_after) return;
  holder.asked = true;
  pool_.ask_back(static_cast<unsigned>(longest));
}

void ExploreParts::split_again(Place part) {
  ExploreOptions options = options_;
  options.from = part->search;
  part->done = split(workload_, options, jobs_.jobs * kPiecesPerJob,
                     [](const exec::Result& result) { return !result.failure; });
  if (part->done->failed) return failed(part);
  const std::vector<std::string> pieces = std::move(part->done->rest);
  part->done->rest.clear();
  if (pieces.empty()) return;
  before_.parts += pieces.size() - 1;
  const Place behind = std::next(part);
  for (const std::string& piece : pieces)
    parts_.insert(behind, {.search = piece, .no_matter = part->no_matter});
}

// Of what is at an end. open: as if each of the others were one branch, or as many as are known.
Exploration ExploreParts::counts() const {
  Exploration all = before_;
  all.open = 0;
  std::size_t left = 0;
  for (const Part& part : parts_) {
    if (part.no_matter) break;
    if (part.done) {
      all.add(*part.done);
      all.failed = all.failed || part.done->failed;
    } else {
      all.open += part.open;
      ++left;
    }
  }
  all.share_done = static_cast<double>(all.parts - left) / static_cast<double>(all.parts);
  return all;
}

Exploration ExploreParts::so_far() const {
  const Exploration now = pool_.under_way();
  Exploration all = counts();
  all.add(now);
  all.open += now.open;
  all.share_done += now.share_done / static_cast<double>(all.parts);
  return all;
}

// Without the parts under way, which are then part of what is left.
Exploration ExploreParts::at_an_end() const {
  Exploration all = counts();
  for (const Part& part : parts_) {
    if (part.no_matter) break;
    if (!part.done)
      all.rest.push_back(part.search);
    else
      all.rest.insert(all.rest.end(), part.done->rest.begin(), part.done->rest.end());
  }
  return all;
}

}  // namespace rw::engine
