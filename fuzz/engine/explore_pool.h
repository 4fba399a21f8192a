// The worker processes of an exploration: forked, fed with searches, listened to.
//
// Promises: a message arrives whole or not at all; a worker that dies is told from one that
// answers; one that cannot be made leaves nothing behind. Leaves out: which search is whose
// (explore_jobs.cc).
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/engine/explore.h"

namespace rw::engine {

class ExplorePool {
 public:
  static constexpr std::size_t kNoJob = ~std::size_t{0};

  // `fork`: instead of fork(2); empty: that.
  ExplorePool(exec::Workload& workload, const ExploreOptions& options, unsigned workers,
              std::function<pid_t()> fork = nullptr);
  ~ExplorePool();  // kills those that live
  ExplorePool(const ExplorePool&) = delete;
  ExplorePool& operator=(const ExplorePool&) = delete;

  unsigned size() const { return static_cast<unsigned>(workers_.size()); }
  std::size_t job_of(unsigned worker) const { return workers_[worker].job; }
  bool runs(unsigned worker) const { return workers_[worker].pid >= 0; }
  unsigned running() const;
  // Starts the worker if there is none, and hands it a search. If it cannot be started, errno.
  int give(unsigned worker, std::size_t job, const std::string& search);
  // Workers that have answered or died; waits at most `milliseconds` for one.
  std::vector<unsigned> ready(int milliseconds);
  // What it has to say of its job, which it then no longer has; empty: it has died, of `status`.
  std::optional<Exploration> answer(unsigned worker, int& status);
  void kill(unsigned worker);
  // Asks all to hand back what they have left.
  void stop();
  // Counts of the jobs under way; share_done: the sum of theirs; open: what they know to be open
  // beyond one branch each.
  Exploration under_way() const;

 private:
  // In memory that a worker shares with its parent.
  struct Slot {
    std::atomic<bool> stop;  // the parent's word
    std::atomic<std::uint64_t> executions, repeated, impossible, open;
    std::atomic<double> share_done;
  };
  struct Worker {
    pid_t pid = -1;
    int socket = -1;
    Slot* slot = nullptr;
    std::size_t job = kNoJob;
  };

  int start(unsigned worker);
  [[noreturn]] void work(int socket, Slot& slot);
  int end(unsigned worker, bool by_force);

  exec::Workload& workload_;
  ExploreOptions options_;
  std::function<pid_t()> fork_;
  std::vector<Worker> workers_;
};

}  // namespace rw::engine
