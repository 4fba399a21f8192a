// raw_lock: the smallest sleeping lock, straight on the seam.
//
// For puzzles about waiting itself and for the literature's programs, whose schedules are counted
// to the deadlock: lockdep does not know it, so a cycle of such locks is met when it happens and
// not predicted. The engine still knows who holds it (hooks::acquired), for the report.
//
// Promises: mutual exclusion; acquire on lock, release on unlock; a waiter sleeps.
// Leaves out: fairness, owner checks, lockdep; the other locks here have all that.
#pragma once

#include "fuzz/sync/sync.h"

namespace rw::kernel {

class raw_lock {
 public:
  void lock(sync::site where = sync::site::current()) {
    sync::operation scope("raw_lock", this, where);
    std::uint32_t seen = kFree;
    while (!word_.compare_exchange_strong(seen, kTaken, sync::order::acquire, sync::order::relaxed,
                                          where)) {
      sync::wait(word_, std::uint32_t{kTaken}, where);
      seen = kFree;
    }
    hooks::acquired(this, hooks::hold::exclusive, where);
  }

  void unlock(sync::site where = sync::site::current()) {
    sync::operation scope("raw_unlock", this, where);
    hooks::released(this, where);
    word_.store(kFree, sync::order::release, where);
    sync::notify(word_.address(), 1, where);
  }

 private:
  enum : std::uint32_t { kFree, kTaken };
  sync::atomic<std::uint32_t> word_{kFree};
};

}  // namespace rw::kernel
