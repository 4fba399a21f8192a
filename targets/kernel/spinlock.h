// spinlock_t: a lock that must not be held while sleeping.
//
// Models kernel/locking/qspinlock and its ticket predecessor (2.6.25 to today) as seen from
// outside: acquire, release, preemption off while held, nothing touched after the release. Changed:
// a waiter blocks on the lock word instead of spinning, and who is next is not the order of
// arrival. Left out: interrupt-safe variants (there are no interrupts), raw spinlocks.
#pragma once

#include "targets/kernel/lock_word.h"
#include "targets/kernel/lockdep.h"

namespace rw::kernel {

struct spinlock_t {
  lock_word word;
  lock_tag tag;
};

// Every lock is initialised before its first use, with its class or, by default, the class of the
// calling line.
void spin_lock_init(spinlock_t* lock, lock_class& cls, sync::site where = sync::site::current());
void spin_lock_init(spinlock_t* lock, sync::site where = sync::site::current());

void spin_lock(spinlock_t* lock, sync::site where = sync::site::current());
// A second lock of the class, with a higher subclass than the first (SINGLE_DEPTH_NESTING = 1).
void spin_lock_nested(spinlock_t* lock, unsigned subclass,
                      sync::site where = sync::site::current());
// A further lock of the class; `nest_lock`, held for writing, admits one nester at a time.
void spin_lock_nest_lock(spinlock_t* lock, const void* nest_lock,
                         sync::site where = sync::site::current());
bool spin_trylock(spinlock_t* lock, sync::site where = sync::site::current());
void spin_unlock(spinlock_t* lock, sync::site where = sync::site::current());

// Probes: a relaxed look at the word, always a step of its own.
bool spin_is_locked(const spinlock_t* lock, sync::site where = sync::site::current());
bool spin_is_contended(const spinlock_t* lock, sync::site where = sync::site::current());

inline constexpr unsigned SINGLE_DEPTH_NESTING = 1;

}  // namespace rw::kernel
