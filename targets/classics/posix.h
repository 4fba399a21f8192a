// mutex and condition variable, as the published programs use them.
//
// Straight on the seam, so that no lock checker of targets/kernel predicts a deadlock before it
// happens: the literature counts schedules to the deadlock itself. The engine still knows who holds
// what (hooks::acquired), for the report.
//
// Promises: lock and unlock are one step each as long as they need not wait; acquire and release; a
// waiter sleeps; signal wakes one waiter, which one the schedule chooses.
// Leaves out: fairness, owner checks, recursion, time-outs.
#pragma once

#include "fuzz/sync/sync.h"

namespace rw::classics {

class mutex {
 public:
  void lock(sync::site where = sync::site::current()) {
    sync::operation scope("mutex_lock", this, where);
    std::uint32_t seen = kFree;
    while (!word_.compare_exchange_strong(seen, kTaken, sync::order::acquire, sync::order::relaxed,
                                          where)) {
      sync::wait(word_, std::uint32_t{kTaken}, where);
      seen = kFree;
    }
    hooks::acquired(this, false, where);
  }

  void unlock(sync::site where = sync::site::current()) {
    sync::operation scope("mutex_unlock", this, where);
    hooks::released(this, where);
    word_.store(kFree, sync::order::release, where);
    sync::notify(word_.address(), 1, where);
  }

 private:
  enum : std::uint32_t { kFree, kTaken };
  sync::atomic<std::uint32_t> word_{kFree};
};

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
