// lockdep: who holds what, in which order lock classes nest, and who unlocks what he has not
// locked.
//
// Models kernel/locking/lockdep.c (2.6.18 to today) in what it reports: order cycles over lock
// classes although no deadlock happened ("lock-order"), nesting within a class that nothing allows,
// unlock by another than the owner ("unlock-not-owner"), locks held when an op ends ("lock-leak").
// Adds declared ranks, so that a wrong order shows in a run in which only one side of it happens.
// Promises: ghost state only (no step, no happens-before) in both modes; the order graph lives for
// one execution, so that a verdict depends on nothing that ran before.
// Simplified: no interrupt states; readers count as writers (our rwlocks and rwsems are not
// recursive for readers: a waiting writer blocks new ones).
// Left out: more than kMaxHeld locks held by one task; which class a lock has (lock_class.h).
#pragma once

#include "fuzz/sync/sync.h"
#include "targets/kernel/lock_class.h"

namespace rw::kernel {

inline constexpr unsigned kMaxHeld = 48;

// How a lock is about to be taken. A trylock cannot deadlock, so it skips lockdep_acquire.
struct lock_use {
  bool shared = false;
  unsigned subclass = 0;            // nesting within one class goes to higher subclasses
  const void* nest_lock = nullptr;  // or under a held outer lock that admits one nester at a time
};

// ---- for locks ----------------------------------------------------------------------------------

// Before it is tried: checks the order. Fails with "lock-order".
void lockdep_acquire(const void* lock, const lock_tag* tag, const lock_use& use, sync::site where);
// Now held by the calling task. Fails with "use-after-free" if the tag is none: the lock's memory
// has become something else. Tells the engine (hooks::acquired).
void lockdep_acquired(const void* lock, const lock_tag* tag, const lock_use& use, sync::site where);
// About to be released. Fails with "unlock-not-owner" if the calling task does not hold it so.
void lockdep_release(const void* lock, const lock_tag* tag, bool shared, sync::site where);
// A write lock becomes a read lock.
void lockdep_downgrade(const void* lock, const lock_tag* tag, sync::site where);

// ---- for code under test ------------------------------------------------------------------------

// Whether the calling task holds `lock` (any lock of this directory, by address).
bool lockdep_is_held(const void* lock);
bool lockdep_is_held_exclusive(const void* lock);
// Fail with "invariant" if it does not.
void lockdep_assert_held(const void* lock, sync::site where = sync::site::current());
void lockdep_assert_held_write(const void* lock, sync::site where = sync::site::current());
// The calling task's op ends: fails with "lock-leak" if it holds a lock.
void lockdep_op_end(sync::site where = sync::site::current());

// A new execution begins. `check_order`: false switches order checks off (not ownership), so that
// a deadlock can be met in the flesh.
void lockdep_begin_execution(bool check_order);

}  // namespace rw::kernel
