// mutex and condition variable, as the published programs use them.
//
// The mutex is one that lockdep does not know: the literature counts schedules to the deadlock
// itself, not to its prediction.
//
// Promises: lock and unlock are one step each as long as they need not wait; acquire and release; a
// waiter sleeps; signal wakes one waiter, which one the schedule chooses.
// Leaves out: fairness, owner checks, recursion, time-outs.
#pragma once

#include "fuzz/sync/sync.h"
#include "targets/kernel/raw_lock.h"

namespace rw::classics {

using mutex = kernel::raw_lock;

class condition {
 public:
  // Unlocks `m`, sleeps until a signal that comes after that, and locks `m` again. May return
  // without a signal: loop around it.
  void wait(mutex& m, sync::site where = sync::site::current()) {
    const std::uint32_t seen = signals_.load(sync::order::relaxed, where);
    m.unlock(where);
    sync::wait(signals_, seen, where);
    m.lock(where);
  }

  void signal(sync::site where = sync::site::current()) {
    sync::operation scope("condition_signal", this, where);
    signals_.fetch_add(1, sync::order::relaxed, where);
    sync::notify(signals_.address(), 1, where);
  }

 private:
  sync::atomic<std::uint32_t> signals_{0};
};

}  // namespace rw::classics
