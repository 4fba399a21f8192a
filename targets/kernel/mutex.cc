#include "targets/kernel/mutex.h"

#include "targets/kernel/access.h"
#include "targets/kernel/context.h"

namespace rw::kernel {

namespace {

void acquire(mutex* lock, const char* name, const lock_use& use, sync::site where) {
  might_sleep(where);
  const sync::operation scope(name, lock, where);
  lockdep_acquire(lock, &lock->tag, use, where);
  lock_write(&lock->word, where);
  lockdep_acquired(lock, &lock->tag, use, where);
}

// The kernel's slow path takes the wait_lock inside the mutex, which is no longer held. One look at
// the word stands for that, as a step of its own at either granularity.
void mutex_unlock_slowpath(mutex* lock, sync::site where) {
  const sync::operation scope("mutex_unlock_slowpath", lock, where, sync::operation::always_fine);
  (void)is_contended(&lock->word, where);
  wake_waiters(&lock->word, where);
}

}  // namespace

void mutex_init(mutex* lock, lock_class& cls, sync::site where) {
  init_word(&lock->word.bits, 0, where);
  lockdep_init(&lock->tag, cls, true);
}

void mutex_init(mutex* lock, sync::site where) {
  init_word(&lock->word.bits, 0, where);
  lockdep_init(&lock->tag, lock, true, where);
}

void mutex_lock(mutex* lock, sync::site where) {
  acquire(lock, "mutex_lock", {}, where);
}

void mutex_lock_nested(mutex* lock, unsigned subclass, sync::site where) {
  acquire(lock, "mutex_lock_nested", {.subclass = subclass}, where);
}

void mutex_lock_nest_lock(mutex* lock, const void* nest_lock, sync::site where) {
  acquire(lock, "mutex_lock_nest_lock", {.nest_lock = nest_lock}, where);
}

bool mutex_trylock(mutex* lock, sync::site where) {
  const sync::operation scope("mutex_trylock", lock, where);
  if (!trylock_write(&lock->word, where)) return false;
  lockdep_acquired(lock, &lock->tag, {}, where);
  return true;
}

void mutex_unlock(mutex* lock, sync::site where) {
  bool wakes;
  {
    const sync::operation scope("mutex_unlock", lock, where);
    lockdep_release(lock, &lock->tag, false, where);
    wakes = unlock_write(&lock->word, handing::choice, where);
  }
  if (wakes) mutex_unlock_slowpath(lock, where);
}

bool mutex_is_locked(const mutex* lock, sync::site where) {
  const sync::operation scope("mutex_is_locked", lock, where, sync::operation::always_fine);
  return is_locked(&lock->word, where);
}

}  // namespace rw::kernel
