#include "targets/kernel/rwlock.h"

#include "targets/kernel/access.h"
#include "targets/kernel/context.h"

namespace rw::kernel {

void rwlock_init(rwlock_t* lock, lock_class& cls, sync::site where) {
  init_word(&lock->word.bits, 0, where);
  lockdep_init(&lock->tag, cls, false);
}

void rwlock_init(rwlock_t* lock, sync::site where) {
  init_word(&lock->word.bits, 0, where);
  lockdep_init(&lock->tag, lock, false, where);
}

void read_lock(rwlock_t* lock, sync::site where) {
  enter_atomic("read_lock", lock, where);
  const sync::operation scope("read_lock", lock, where);
  lockdep_acquire(lock, &lock->tag, {.shared = true}, where);
  lock_read(&lock->word, where);
  lockdep_acquired(lock, &lock->tag, {.shared = true}, where);
}

bool read_trylock(rwlock_t* lock, sync::site where) {
  const sync::operation scope("read_trylock", lock, where);
  if (!trylock_read(&lock->word, where)) return false;
  enter_atomic("read_trylock", lock, where);
  lockdep_acquired(lock, &lock->tag, {.shared = true}, where);
  return true;
}

void read_unlock(rwlock_t* lock, sync::site where) {
  const sync::operation scope("read_unlock", lock, where);
  lockdep_release(lock, &lock->tag, true, where);
  const bool wakes = unlock_read(&lock->word, handing::choice, where);
  leave_atomic(lock);
  if (wakes) wake_waiters(&lock->word, where);
}

namespace {

void acquire_write(rwlock_t* lock, const char* name, const lock_use& use, sync::site where) {
  enter_atomic(name, lock, where);
  const sync::operation scope(name, lock, where);
  lockdep_acquire(lock, &lock->tag, use, where);
  lock_write(&lock->word, where);
  lockdep_acquired(lock, &lock->tag, use, where);
}

}  // namespace

void write_lock(rwlock_t* lock, sync::site where) {
  acquire_write(lock, "write_lock", {}, where);
}

void write_lock_nest_lock(rwlock_t* lock, const void* nest_lock, sync::site where) {
  acquire_write(lock, "write_lock_nest_lock", {.nest_lock = nest_lock}, where);
}

bool write_trylock(rwlock_t* lock, sync::site where) {
  const sync::operation scope("write_trylock", lock, where);
  if (!trylock_write(&lock->word, where)) return false;
  enter_atomic("write_trylock", lock, where);
  lockdep_acquired(lock, &lock->tag, {}, where);
  return true;
}

void write_unlock(rwlock_t* lock, sync::site where) {
  const sync::operation scope("write_unlock", lock, where);
  lockdep_release(lock, &lock->tag, false, where);
  const bool wakes = unlock_write(&lock->word, handing::choice, where);
  leave_atomic(lock);
  if (wakes) wake_waiters(&lock->word, where);
}

bool write_can_lock(const rwlock_t* lock, sync::site where) {
  const sync::operation scope("write_can_lock", lock, where, sync::operation::always_fine);
  return !is_locked(&lock->word, where);
}

}  // namespace rw::kernel
