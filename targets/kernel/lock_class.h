// Lock classes: the locks that obey one rule, and which one a lock belongs to.
//
// Models the classes of kernel/locking/lockdep.c: one for each lock_class that is defined, and for
// other locks one for each place that initialises them.
// Promises: a class keeps its index as long as the process lives; ghost state only.
// Left out: more than kMaxClasses classes.
#pragma once

#include <cstdint>

#include "fuzz/sync/sync.h"

namespace rw::kernel {

inline constexpr unsigned kMaxClasses = 128;

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

// ---- for locks ----------------------------------------------------------------------------------

// At init: the lock belongs to `cls`, or to the class of the place that initialises it (named after
// the lock's field).
void lockdep_init(lock_tag* tag, lock_class& cls, bool may_sleep);
void lockdep_init(lock_tag* tag, const void* lock, bool may_sleep, sync::site where);

// ---- for lockdep.cc -----------------------------------------------------------------------------

// Those that there are, by index.
unsigned lock_class_count();
const lock_class& lock_class_at(unsigned index);
// Null if the tag is none. Looks at it without a check: the lock's own next step says whether its
// memory is alive.
const lock_class* class_of_tag(const lock_tag* tag);

}  // namespace rw::kernel
