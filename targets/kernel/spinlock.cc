#include "targets/kernel/spinlock.h"

#include "targets/kernel/access.h"
#include "targets/kernel/context.h"

namespace rw::kernel {

namespace {

void acquire(spinlock_t* lock, const char* name, const lock_use& use, sync::site where) {
  enter_atomic(name, lock, where);
  const sync::operation scope(name, lock, where);
  lockdep_acquire(lock, &lock->tag, use, where);
  lock_write(&lock->word, where);
  lockdep_acquired(lock, &lock->tag, use, where);
}

}  // namespace

void spin_lock_init(spinlock_t* lock, lock_class& cls, sync::site where) {
  init_word(&lock->word.bits, 0, where);
  lockdep_init(&lock->tag, cls, false);
}

void spin_lock_init(spinlock_t* lock, sync::site where) {
  init_word(&lock->word.bits, 0, where);
  lockdep_init(&lock->tag, lock, false, where);
}

void spin_lock(spinlock_t* lock, sync::site where) {
  acquire(lock, "spin_lock", {}, where);
}

void spin_lock_nested(spinlock_t* lock, unsigned subclass, sync::site where) {
  acquire(lock, "spin_lock_nested", {.subclass = subclass}, where);
}

void spin_lock_nest_lock(spinlock_t* lock, const void* nest_lock, sync::site where) {
  acquire(lock, "spin_lock_nest_lock", {.nest_lock = nest_lock}, where);
}

bool spin_trylock(spinlock_t* lock, sync::site where) {
  const sync::operation scope("spin_trylock", lock, where);
  if (!trylock_write(&lock->word, where)) return false;
  enter_atomic("spin_trylock", lock, where);
  lockdep_acquired(lock, &lock->tag, {}, where);
  return true;
}

void spin_unlock(spinlock_t* lock, sync::site where) {
  const sync::operation scope("spin_unlock", lock, where);
  lockdep_release(lock, &lock->tag, false, where);
  const bool wakes = unlock_write(&lock->word, handing::compete, where);
  leave_atomic(lock);
  if (wakes) wake_waiters(&lock->word, where);
}

bool spin_is_locked(const spinlock_t* lock, sync::site where) {
  const sync::operation scope("spin_is_locked", lock, where, sync::operation::always_fine);
  return is_locked(&lock->word, where);
}

bool spin_is_contended(const spinlock_t* lock, sync::site where) {
  const sync::operation scope("spin_is_contended", lock, where, sync::operation::always_fine);
  return is_contended(&lock->word, where);
}

}  // namespace rw::kernel
