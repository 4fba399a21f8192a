// ghost<T>: what an oracle remembers.
//
// Promises: never a step, never a happens-before edge, never checked; safe to touch from any task
// in either mode. Ghost state must not decide what the code under test does: it only watches.
// Leaves out: atomicity over several words; take a ghost_section for that.
#pragma once

#include <atomic>

#include "fuzz/sync/hooks.h"

namespace rw::sync {

template <typename T>
class ghost {
 public:
  ghost() : value_(T{}) {}
  // NOLINTNEXTLINE(google-explicit-constructor): reads like the plain value it stands for.
  ghost(T value) : value_(value) {}
  ghost(const ghost&) = delete;
  ghost& operator=(const ghost&) = delete;

  T get() const { return value_.load(std::memory_order_relaxed); }
  void set(T value) { value_.store(value, std::memory_order_relaxed); }
  T add(T by) { return value_.fetch_add(by, std::memory_order_relaxed) + by; }

 private:
  std::atomic<T> value_;
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
