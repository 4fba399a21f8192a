#include "targets/kernel/rwsem.h"

#include "targets/kernel/access.h"
#include "targets/kernel/context.h"

namespace rw::kernel {

namespace {

void take_write(rw_semaphore* sem, const char* name, const lock_use& use, sync::site where) {
  might_sleep(where);
  const sync::operation scope(name, sem, where);
  lockdep_acquire(sem, &sem->tag, use, where);
  lock_write(&sem->word, where);
  lockdep_acquired(sem, &sem->tag, use, where);
}

void take_read(rw_semaphore* sem, const char* name, unsigned subclass, sync::site where) {
  might_sleep(where);
  const sync::operation scope(name, sem, where);
  const lock_use use{.shared = true, .subclass = subclass};
  lockdep_acquire(sem, &sem->tag, use, where);
  lock_read(&sem->word, where);
  lockdep_acquired(sem, &sem->tag, use, where);
}

// The kernel's rwsem_wake() takes the wait_lock inside the semaphore, which is no longer held. One
// look at the word stands for that, as a step of its own at either granularity.
void rwsem_wake(rw_semaphore* sem, sync::site where) {
  const sync::operation scope("rwsem_wake", sem, where, sync::operation::always_fine);
  (void)is_contended(&sem->word, where);
  wake_waiters(&sem->word, where);
}

}  // namespace

void init_rwsem(rw_semaphore* sem, lock_class& cls, sync::site where) {
  init_word(&sem->word.bits, 0, where);
  lockdep_init(&sem->tag, cls, true);
}

void init_rwsem(rw_semaphore* sem, sync::site where) {
  init_word(&sem->word.bits, 0, where);
  lockdep_init(&sem->tag, sem, true, where);
}

void down_read(rw_semaphore* sem, sync::site where) {
  take_read(sem, "down_read", 0, where);
}

void down_read_nested(rw_semaphore* sem, unsigned subclass, sync::site where) {
  take_read(sem, "down_read_nested", subclass, where);
}

bool down_read_trylock(rw_semaphore* sem, sync::site where) {
  const sync::operation scope("down_read_trylock", sem, where);
  if (!trylock_read(&sem->word, where)) return false;
  lockdep_acquired(sem, &sem->tag, {.shared = true}, where);
  return true;
}

void up_read(rw_semaphore* sem, sync::site where) {
  bool wakes;
  {
    const sync::operation scope("up_read", sem, where);
    lockdep_release(sem, &sem->tag, true, where);
    wakes = unlock_read(&sem->word, handing::choice, where);
  }
  if (wakes) rwsem_wake(sem, where);
}

void down_write(rw_semaphore* sem, sync::site where) {
  take_write(sem, "down_write", {}, where);
}

void down_write_nested(rw_semaphore* sem, unsigned subclass, sync::site where) {
  take_write(sem, "down_write_nested", {.subclass = subclass}, where);
}

void down_write_nest_lock(rw_semaphore* sem, const void* nest_lock, sync::site where) {
  take_write(sem, "down_write_nest_lock", {.nest_lock = nest_lock}, where);
}

bool down_write_trylock(rw_semaphore* sem, sync::site where) {
  const sync::operation scope("down_write_trylock", sem, where);
  if (!trylock_write(&sem->word, where)) return false;
  lockdep_acquired(sem, &sem->tag, {}, where);
  return true;
}

void up_write(rw_semaphore* sem, sync::site where) {
  bool wakes;
  {
    const sync::operation scope("up_write", sem, where);
    lockdep_release(sem, &sem->tag, false, where);
    wakes = unlock_write(&sem->word, handing::choice, where);
  }
  if (wakes) rwsem_wake(sem, where);
}

void downgrade_write(rw_semaphore* sem, sync::site where) {
  bool wakes;
  {
    const sync::operation scope("downgrade_write", sem, where);
    lockdep_downgrade(sem, &sem->tag, where);
    wakes = downgrade(&sem->word, where);
  }
  if (wakes) rwsem_wake(sem, where);
}

bool rwsem_is_locked(const rw_semaphore* sem, sync::site where) {
  const sync::operation scope("rwsem_is_locked", sem, where, sync::operation::always_fine);
  return is_locked(&sem->word, where);
}

bool rwsem_is_contended(const rw_semaphore* sem, sync::site where) {
  const sync::operation scope("rwsem_is_contended", sem, where, sync::operation::always_fine);
  return is_contended(&sem->word, where);
}

}  // namespace rw::kernel
