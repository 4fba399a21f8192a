// ghost<T>: what an oracle remembers. tally<T>: what is only counted.
//
// Promises: never a step, never a happens-before edge, never checked; safe to touch from any task
// in either mode. Ghost state must not decide what the code under test does: it only watches. An
// exhaustive exploration knows of every access to a ghost, for a verdict may depend on the order of
// two; of a tally it knows nothing.
// Leaves out: atomicity over several words; take a ghost_section for that.
#pragma once

#include "fuzz/sync/hooks.h"

namespace rw::sync {

// No sanitizer may look at these accesses: an oracle reads words of objects that another task
// frees, and what it reads orders nothing. Hence the built-ins: what an uninstrumented function
// calls is not uninstrumented itself.
#define RW_GHOST_ACCESS [[clang::disable_sanitizer_instrumentation]]

// State of oracles or allocators that is kept in plain words inside ghost sections: says that the
// calling task has just read or changed the word, or the table, at `address`.
RW_GHOST_ACCESS inline void ghost_touched(const void* address, bool writes) {
  if (hooks::g_tells_ghosts) [[unlikely]]
    hooks::ghost_touch(address, writes);
}

template <typename T>
class ghost {
 public:
  RW_GHOST_ACCESS ghost() : value_() {}
  // NOLINTNEXTLINE(google-explicit-constructor): reads like the plain value it stands for.
  RW_GHOST_ACCESS ghost(T value) : value_(value) {}
  ghost(const ghost&) = delete;
  ghost& operator=(const ghost&) = delete;

  RW_GHOST_ACCESS T get() const {
    T value;
    __atomic_load(&value_, &value, __ATOMIC_RELAXED);
    ghost_touched(&value_, false);
    return value;
  }
  RW_GHOST_ACCESS void set(T value) {
    __atomic_store(&value_, &value, __ATOMIC_RELAXED);
    ghost_touched(&value_, true);
  }
  RW_GHOST_ACCESS T add(T by) {
    ghost_touched(&value_, true);
    return __atomic_add_fetch(&value_, by, __ATOMIC_RELAXED);
  }

 private:
  alignas(sizeof(T)) T value_;
};

// A counter of which no verdict depends: of events, or of fresh names that are compared for
// equality only. Two tasks that count in either order have done the same.
template <typename T>
class tally {
 public:
  RW_GHOST_ACCESS tally() : value_() {}
  tally(const tally&) = delete;
  tally& operator=(const tally&) = delete;

  RW_GHOST_ACCESS T get() const { return __atomic_load_n(&value_, __ATOMIC_RELAXED); }
  RW_GHOST_ACCESS void set(T value) { __atomic_store_n(&value_, value, __ATOMIC_RELAXED); }
  // Returns the value after. In threads mode a count may be lost.
  RW_GHOST_ACCESS T count() {
    const T after = get() + 1;
    set(after);
    return after;
  }

 private:
  T value_;
};

// Several ghost words change as one. Short, never nested, and no seam call inside.
class ghost_section {
 public:
  ghost_section() { hooks::ghost_lock(); }
  ~ghost_section() { hooks::ghost_unlock(); }
  ghost_section(const ghost_section&) = delete;
  ghost_section& operator=(const ghost_section&) = delete;
};

}  // namespace rw::sync
