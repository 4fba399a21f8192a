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
  // `fork`: instead of fork(2); empty: that.
  ExplorePool(exec::Workload& workload, const ExploreOptions& options, unsigned workers,
              std::function<pid_t()> fork = nullptr);
  ~ExplorePool();  // kills those that live
  ExplorePool(const ExplorePool&) = delete;
  ExplorePool& operator=(const ExplorePool&) = delete;

  unsigned size() const { return static_cast<unsigned>(workers_.size()); }
  bool runs(unsigned worker) const { return workers_[worker].pid >= 0; }
  bool is_busy(unsigned worker) const { return workers_[worker].busy; }
  unsigned running() const;
  // Starts the worker if there is none, and hands it a search. If it cannot be started, errno.
  int give(unsigned worker, const std::string& search);
  // Workers that have answered or died; waits at most `milliseconds` for one.
  std::vector<unsigned> ready(int milliseconds);
  // What it has to say of its search, which it then no longer has; empty: it has died, of `status`.
  std::optional<Exploration> answer(unsigned worker, int& status);
  void kill(unsigned worker);
  // Asks it to hand back what it has left of its search.
  void ask_back(unsigned worker);
  // Counts of the searches under way; share_done: the sum of theirs; open: what they know to be
  // open beyond one branch each.
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
    bool busy = false;
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
