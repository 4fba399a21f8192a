// ghost<T>: what an oracle remembers.
//
// Promises: never a step, never a happens-before edge, never checked; safe to touch from any task
// in either mode. Ghost state must not decide what the code under test does: it only watches.
// Leaves out: atomicity over several words; take a ghost_section for that.
#pragma once

#include "fuzz/sync/hooks.h"

namespace rw::sync {

// No sanitizer may look at these accesses: an oracle reads words of objects that another task
// frees, and what it reads orders nothing. Hence the built-ins: what an uninstrumented function
// calls is not uninstrumented itself.
#define RW_GHOST_ACCESS [[clang::disable_sanitizer_instrumentation]]

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
    return value;
  }
  RW_GHOST_ACCESS void set(T value) { __atomic_store(&value_, &value, __ATOMIC_RELAXED); }
  RW_GHOST_ACCESS T add(T by) { return __atomic_add_fetch(&value_, by, __ATOMIC_RELAXED); }

 private:
  alignas(sizeof(T)) T value_;
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
