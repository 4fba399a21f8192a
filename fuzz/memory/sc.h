// Sequential consistency: a load sees the newest value, and nothing else.
//
// What a memory model decides is which value an access sees and what the accessing task learns from
// it. Under sc the value is the storage's own; what is learnt follows C++20's orders all the same,
// so a race that only a relaxed flag "protects" is found although its outcome never shows.
//
// Promises: release sequences of C++20 (read-modify-writes only); fences by the rules of
// [atomics.fences]; coherent state teaches nothing.
// Leaves out: stale values (weak.h, whose messages carry the same clocks: `Message` below is a
// Location, or one of those).
#pragma once

#include "fuzz/memory/arena.h"
#include "fuzz/memory/clock.h"
#include "fuzz/sync/order.h"

namespace rw::memory::sc {

using sync::order;

// A load with order `o` has met the newest message of `l`.
template <typename Message>
[[gnu::always_inline]] inline void learn(TaskClocks& task, const Message& l, order o) {
  if (!l.has_message) return;
  if (sync::acquires(o)) {
    join(task.current, l.message);
  } else {
    if (!task.has_acquirable) task.acquirable = Clock{};
    join(task.acquirable, l.message);
    task.has_acquirable = true;
  }
}

// A store with order `o` leaves a new message at `l`. `me` is the storing task.
template <typename Message>
[[gnu::always_inline]] inline void publish(TaskClocks& task, unsigned me, Message& l, order o) {
  if (sync::releases(o)) {
    l.message = task.current;
    l.has_message = true;
    ++task.current[me];  // what this task does from now on is not part of the message
  } else {
    l.has_message = task.has_releasable;
    if (task.has_releasable) l.message = task.releasable;
  }
}

// The store half of a read-modify-write: it carries on the release sequence it read from.
template <typename Message>
[[gnu::always_inline]] inline void republish(TaskClocks& task, unsigned me, Message& l, order o) {
  if (sync::releases(o)) {
    if (l.has_message)
      join(l.message, task.current);
    else
      l.message = task.current;
    l.has_message = true;
    ++task.current[me];
  } else if (task.has_releasable) {
    if (l.has_message)
      join(l.message, task.releasable);
    else
      l.message = task.releasable;
    l.has_message = true;
  }
}

inline void fence(TaskClocks& task, unsigned me, order o) {
  if (sync::acquires(o) && task.has_acquirable) join(task.current, task.acquirable);
  if (sync::releases(o)) {
    task.releasable = task.current;
    task.has_releasable = true;
    ++task.current[me];
  }
}

}  // namespace rw::memory::sc
