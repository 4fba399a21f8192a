#include "fuzz/engine/campaign_jobs.h"

#include <algorithm>
#include <string>

namespace rw::engine {

CampaignJobs::CampaignJobs(std::span<const JobKind* const> kinds) {
  for (const JobKind* kind : kinds) {
    jobs_.push_back({});
    jobs_.back().kind = kind;
    jobs_.back().totals.name = kind->name;
  }
}

Job* CampaignJobs::next() {
  Job* best = nullptr;
  for (Job& job : jobs_) {
    if (job.given_up) continue;
    if (best == nullptr || job.running < best->running ||
        (job.running == best->running && job.given < best->given))
      best = &job;
  }
  return best;
}

void CampaignJobs::began(Job& job, double seconds) {
  job.running++;
  job.given += seconds;
}

void CampaignJobs::ended(const Running& running) {
  const SharedCounters& c = running.worker->shared().counters();
  running.job->totals.executions += c.executions.load();
  running.job->totals.steps += c.steps.load();
  running.job->overlapped += c.overlapped.load();
  disagreements_ += c.disagreements.load();
  running.job->totals.seconds += running.worker->seconds();
  running.job->running--;
  most_edges_ = std::max(most_edges_, c.edges.load());
  most_orderings_ = std::max(most_orderings_, c.orderings.load());
  most_corpus_ = std::max(most_corpus_, c.corpus.load());
}

ProgressNumbers CampaignJobs::numbers(std::span<const Running> running) const {
  ProgressNumbers n;
  n.edges = most_edges_;
  n.orderings = most_orderings_;
  for (const Job& job : jobs_) {
    n.executions += job.totals.executions;
    n.steps += job.totals.steps;
  }
  for (const Running& r : running) {
    const SharedCounters& c = r.worker->shared().counters();
    n.executions += c.executions.load();
    n.steps += c.steps.load();
    n.edges = std::max(n.edges, c.edges.load());
    n.orderings = std::max(n.orderings, c.orderings.load());
    n.job += (n.job.empty() ? "" : " + ") + std::string(r.job->kind->name);
  }
  return n;
}

}  // namespace rw::engine
