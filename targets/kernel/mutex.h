// mutex: a lock whose waiters sleep; only its owner unlocks it.
//
// Models kernel/locking/mutex.c (3.0 to today). As in the kernel, a mutex_unlock that finds waiters
// touches the mutex after it has been released (the slow path takes wait_lock), so a mutex may not
// be freed by a task that has merely just held it. A released mutex is handed over or stolen, as
// the schedule chooses.
// Changed: waiters are a set, not a queue; no optimistic spinning. Left out: interruptible
// variants, ww_mutex.
#pragma once

#include "targets/kernel/lock_word.h"
#include "targets/kernel/lockdep.h"

namespace rw::kernel {

struct mutex {
  lock_word word;
  lock_tag tag;
};

void mutex_init(mutex* lock, lock_class& cls, sync::site where = sync::site::current());
void mutex_init(mutex* lock, sync::site where = sync::site::current());

void mutex_lock(mutex* lock, sync::site where = sync::site::current());
void mutex_lock_nested(mutex* lock, unsigned subclass, sync::site where = sync::site::current());
void mutex_lock_nest_lock(mutex* lock, const void* nest_lock,
                          sync::site where = sync::site::current());
bool mutex_trylock(mutex* lock, sync::site where = sync::site::current());
void mutex_unlock(mutex* lock, sync::site where = sync::site::current());

// A probe: a relaxed look at the word, always a step of its own. Orders nothing: a caller that
// concludes something about other words from it adds smp_mb().
bool mutex_is_locked(const mutex* lock, sync::site where = sync::site::current());

}  // namespace rw::kernel
