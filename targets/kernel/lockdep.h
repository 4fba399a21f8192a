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
// Left out: more than kMaxClasses classes, more than kMaxHeld locks held by one task.
#pragma once

#include <cstdint>

#include "fuzz/sync/sync.h"

namespace rw::kernel {

inline constexpr unsigned kMaxClasses = 128;
inline constexpr unsigned kMaxHeld = 48;

// All locks that obey one rule. Define one per kind of lock, with static storage, in an order that
// no run changes:
//   inline lock_class mmap_sem_class{"mm.mmap_sem", {.rank = 10, .may_sleep = true}};
struct lock_class {
  struct rules {
    // Position in the documented lock order, growing inwards; 0: none declared. A lock may be taken
    // while locks of lower or equal rank are held. Trylocks may be taken anyhow.
    unsigned rank = 0;
    bool may_sleep = false;  // a mutex or rwsem; checked against the lock's type
  };

  // `name`: how reports and keys call it, "anon_vma.rwsem".
  explicit lock_class(const char* class_name);
  lock_class(const char* class_name, rules class_rules);
  lock_class(const lock_class&) = delete;
  lock_class& operator=(const lock_class&) = delete;

  const char* name;
  rules how;
  unsigned index;  // in the table of classes
};

// What a lock carries: its class. Survives in type-stable memory, and a stale one is recognised.
struct lock_tag {
  sync::ghost<std::uint32_t> id;
};

// How a lock is about to be taken. A trylock cannot deadlock, so it skips lockdep_acquire.
struct lock_use {
  bool shared = false;
  unsigned subclass = 0;            // nesting within one class goes to higher subclasses
  const void* nest_lock = nullptr;  // or under a held outer lock that admits one nester at a time
};

// ---- for locks ----------------------------------------------------------------------------------

// At init: the lock belongs to `cls`, or to the class of the place that initialises it (named after
// the lock's field).
void lockdep_init(lock_tag* tag, lock_class& cls, bool may_sleep);
void lockdep_init(lock_tag* tag, const void* lock, bool may_sleep, sync::site where);
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
