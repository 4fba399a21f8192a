// rw_semaphore: a reader-writer lock whose waiters sleep.
//
// Models kernel/locking/rwsem.c (3.8 to today). A waiting writer blocks new readers; a released
// lock is handed to waiters or stolen by a newcomer, as the schedule chooses. As in the kernel, an
// up_* that finds waiters touches the semaphore after it has been released (rwsem_wake takes
// wait_lock), so whoever frees the semaphore on the strength of having held it must hold something
// more. Changed: waiters are a set, not a queue; no optimistic spinning (stealing covers what it
// can do). Left out: killable and interruptible variants, non-owner unlock, percpu_rw_semaphore.
#pragma once

#include "targets/kernel/lock_word.h"
#include "targets/kernel/lockdep.h"

namespace rw::kernel {

struct rw_semaphore {
  lock_word word;
  lock_tag tag;
};

void init_rwsem(rw_semaphore* sem, lock_class& cls, sync::site where = sync::site::current());
void init_rwsem(rw_semaphore* sem, sync::site where = sync::site::current());

void down_read(rw_semaphore* sem, sync::site where = sync::site::current());
void down_read_nested(rw_semaphore* sem, unsigned subclass,
                      sync::site where = sync::site::current());
bool down_read_trylock(rw_semaphore* sem, sync::site where = sync::site::current());
void up_read(rw_semaphore* sem, sync::site where = sync::site::current());

void down_write(rw_semaphore* sem, sync::site where = sync::site::current());
// A second lock of the class, with a higher subclass than the first.
void down_write_nested(rw_semaphore* sem, unsigned subclass,
                       sync::site where = sync::site::current());
// A further lock of the class; `nest_lock`, held for writing, admits one nester at a time
// (mm_take_all_locks passes the address of its mmap_sem).
void down_write_nest_lock(rw_semaphore* sem, const void* nest_lock,
                          sync::site where = sync::site::current());
bool down_write_trylock(rw_semaphore* sem, sync::site where = sync::site::current());
void up_write(rw_semaphore* sem, sync::site where = sync::site::current());
// The write lock becomes a read lock; nobody can write in between.
void downgrade_write(rw_semaphore* sem, sync::site where = sync::site::current());

// Probes: a relaxed look at the word, always a step of its own.
bool rwsem_is_locked(const rw_semaphore* sem, sync::site where = sync::site::current());
bool rwsem_is_contended(const rw_semaphore* sem, sync::site where = sync::site::current());

}  // namespace rw::kernel
