// The jobs of a campaign over several processes: whose turn it is, and what their workers have
// done.
//
// Promises: the next worker is one of the job that runs the fewest, and among those of the one that
// was given the least time; what a worker has done counts once.
// Leaves out: processes (worker.h); what their deaths mean (death.h).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "fuzz/engine/jobs.h"
#include "fuzz/engine/progress.h"
#include "fuzz/engine/worker.h"
#include "fuzz/report/json.h"

namespace rw::engine {

struct Job {
  const JobKind* kind;
  report::FuzzJob totals;  // of workers that have ended
  std::uint64_t overlapped = 0;
  unsigned running = 0;
  double given = 0;  // seconds handed out
  unsigned false_starts = 0;
  bool given_up = false;
};

struct Running {
  Job* job;
  std::unique_ptr<Worker> worker;
};

class CampaignJobs {
 public:
  explicit CampaignJobs(std::span<const JobKind* const> kinds);
  CampaignJobs(const CampaignJobs&) = delete;
  CampaignJobs& operator=(const CampaignJobs&) = delete;

  std::span<const Job> all() const { return jobs_; }
  // Null if all have been given up.
  Job* next();
  // A worker has been started that will take so many seconds.
  static void began(Job& job, double seconds);
  void ended(const Running& running);

  // Of all workers, with `running` those that have not ended. Without `seconds` and `findings`.
  ProgressNumbers numbers(std::span<const Running> running) const;
  std::uint64_t corpus() const { return most_corpus_; }  // programs; of workers that have ended
  std::uint64_t disagreements() const { return disagreements_; }

 private:
  std::vector<Job> jobs_;
  std::uint64_t most_edges_ = 0, most_orderings_ = 0, most_corpus_ = 0;
  std::uint64_t disagreements_ = 0;
};

}  // namespace rw::engine
