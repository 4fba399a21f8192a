// cell<T>: a plain field that is always protected by something.
//
// Promises: each access is checked for data races and for the object's lifetime; it is never a
// scheduling point. The access itself is an ordinary C++ access, so ThreadSanitizer and
// AddressSanitizer see it too.
// Leaves out: anything read without a lock. What the kernel reads locklessly is an atomic read with
// READ_ONCE (targets/kernel/access.h), not a cell.
#pragma once

#include <type_traits>

#include "fuzz/sync/ghost.h"
#include "fuzz/sync/hooks.h"

namespace rw::sync {

template <typename T>
class cell {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // Leaves the value uninitialised: reading it before a write is an uninitialised-read failure.
  cell() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): reads like the plain field it stands for.
  cell(T value, site where = site::current()) : value_(checked(value, where)) {}
  cell(const cell&) = delete;
  cell& operator=(const cell&) = delete;

  T get(site where = site::current()) const {
    check(false, where);
    return value_;
  }
  void set(T value, site where = site::current()) {
    check(true, where);
    value_ = value;
  }
  // set(get() + by), as one checked write. Returns the new value.
  T add(T by, site where = site::current())
    requires std::is_integral_v<T>
  {
    check(true, where);
    value_ = static_cast<T>(value_ + by);
    return value_;
  }

  // For oracles and reports: no check. Uninstrumented, so it may run at any time.
  [[clang::disable_sanitizer_instrumentation]] T peek() const {
    ghost_touched(&value_, false);
    return value_;
  }

 private:
  // Before the value is there: see atomic.h.
  T checked(T value, site where) {
    if (hooks::g_mode == hooks::mode::steered) hooks::initialise(&value_, sizeof(T), where);
    return value;
  }
  void check(bool is_write, site where) const {
    if (hooks::g_mode == hooks::mode::steered)
      hooks::plain_access(&value_, sizeof(T), is_write, where);
    else if (hooks::g_mode == hooks::mode::threads)
      hooks::jitter(where);
  }

  alignas(alignof(T) < 4 ? 4 : alignof(T)) T value_;
};

}  // namespace rw::sync
