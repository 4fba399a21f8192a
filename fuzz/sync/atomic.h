// atomic<T> and coherent<T>: the words that tasks share.
//
// atomic<T> has C++20's atomic interface and exactly a std::atomic<T> as its storage; everything
// the engine knows about it (clocks, lifetime, histories) lies in arrays beside the arena, so it
// survives the object and costs nothing in threads mode but one predictable branch.
// coherent<T> is hardware or bookkeeping state (TLB entries, sptes, page contents, RCU counters):
// always the newest value, a step of its own, and no happens-before by itself.
//
// Leaves out: wait/notify members (wait.h has free functions), floating point, objects larger than
// 8 bytes, 1- and 2-byte objects (use a 32-bit word: the kernel's atomics are 32 or 64 bits too).
#pragma once

#include <atomic>
#include <cstring>
#include <type_traits>

#include "fuzz/sync/ghost.h"
#include "fuzz/sync/hooks.h"

namespace rw::sync {

template <typename T>
std::uint64_t to_bits(T value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  return bits;
}

template <typename T>
T from_bits(std::uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

// What atomic and coherent share: a word whose every access is a step in steered mode.
template <typename T, hooks::storage kStorage>
class word {
  static_assert(std::is_trivially_copyable_v<T>);
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "use a 32- or 64-bit type");

 public:
  using value_type = T;

  // Leaves the value uninitialised: reading it before a store is an uninitialised-read failure.
  word() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): as std::atomic.
  word(T value, site where = site::current()) : value_(checked(value, where)) {}
  word(const word&) = delete;
  word& operator=(const word&) = delete;

  T load(order o = kDefault, site where = site::current()) const {
    if (steered()) [[likely]]
      return from_bits<T>(hooks::load(&value_, {sizeof(T), o, kStorage}, where));
    perturb(where);
    return value_.load(std_order(o));
  }

  void store(T value, order o = kDefault, site where = site::current()) {
    if (steered()) [[likely]] {
      hooks::store(&value_, {sizeof(T), o, kStorage}, to_bits(value), where);
      return;
    }
    perturb(where);
    value_.store(value, std_order(o));
  }

  T exchange(T value, order o = kDefault, site where = site::current()) {
    if (steered()) [[likely]]
      return rmw_step(hooks::rmw::exchange, value, o, where);
    perturb(where);
    return value_.exchange(value, std_order(o));
  }

  // Returns whether the exchange happened; otherwise `expected` holds the value seen.
  bool compare_exchange_strong(T& expected, T desired, order success = kDefault,
                               order failure = load_part(kDefault), site where = site::current()) {
    return compare_exchange(expected, desired, false, success, failure, where);
  }
  // May fail although the value is the expected one.
  bool compare_exchange_weak(T& expected, T desired, order success = kDefault,
                             order failure = load_part(kDefault), site where = site::current()) {
    return compare_exchange(expected, desired, true, success, failure, where);
  }

  // The five arithmetic operations return the value before.
  T fetch_add(T operand, order o = kDefault, site where = site::current())
    requires std::is_integral_v<T>
  {
    if (steered()) [[likely]]
      return rmw_step(hooks::rmw::add, operand, o, where);
    perturb(where);
    return value_.fetch_add(operand, std_order(o));
  }
  T fetch_sub(T operand, order o = kDefault, site where = site::current())
    requires std::is_integral_v<T>
  {
    if (steered()) [[likely]]
      return rmw_step(hooks::rmw::sub, operand, o, where);
    perturb(where);
    return value_.fetch_sub(operand, std_order(o));
  }
  T fetch_and(T operand, order o = kDefault, site where = site::current())
    requires std::is_integral_v<T>
  {
    if (steered()) [[likely]]
      return rmw_step(hooks::rmw::and_, operand, o, where);
    perturb(where);
    return value_.fetch_and(operand, std_order(o));
  }
  T fetch_or(T operand, order o = kDefault, site where = site::current())
    requires std::is_integral_v<T>
  {
    if (steered()) [[likely]]
      return rmw_step(hooks::rmw::or_, operand, o, where);
    perturb(where);
    return value_.fetch_or(operand, std_order(o));
  }
  T fetch_xor(T operand, order o = kDefault, site where = site::current())
    requires std::is_integral_v<T>
  {
    if (steered()) [[likely]]
      return rmw_step(hooks::rmw::xor_, operand, o, where);
    perturb(where);
    return value_.fetch_xor(operand, std_order(o));
  }

  // For oracles and reports: the newest value; no step, no check, no ordering. No sanitizer looks
  // at it either, so it may run beside the free of the object.
  [[clang::disable_sanitizer_instrumentation]] T peek() const {
    static_assert(sizeof(std::atomic<T>) == sizeof(T));
    T value;
    __atomic_load(reinterpret_cast<const T*>(&value_), &value, __ATOMIC_RELAXED);
    ghost_touched(&value_, false);
    return value;
  }
  // For wait() and notify().
  const void* address() const { return &value_; }

 private:
  static constexpr order kDefault =
      kStorage == hooks::storage::coherent ? order::relaxed : order::seq_cst;

  static bool steered() { return hooks::g_mode == hooks::mode::steered; }
  // Before the value is there, as for every access: else ThreadSanitizer is the first to see that
  // the word is in use.
  T checked(T value, site where) {
    if (steered()) hooks::initialise(&value_, sizeof(T), where);
    return value;
  }
  static void perturb(site where) {
    if (hooks::g_mode == hooks::mode::threads) hooks::jitter(where);
  }

  T rmw_step(hooks::rmw kind, T operand, order o, site where) {
    return from_bits<T>(
        hooks::read_modify_write(&value_, {sizeof(T), o, kStorage}, kind, to_bits(operand), where));
  }

  bool compare_exchange(T& expected, T desired, bool weak, order success, order failure,
                        site where) {
    if (steered()) [[likely]] {
      std::uint64_t seen = to_bits(expected);
      const bool done = hooks::compare_exchange(
          &value_, {sizeof(T), success, kStorage, failure, weak}, seen, to_bits(desired), where);
      if (!done) expected = from_bits<T>(seen);
      return done;
    }
    perturb(where);
    return weak ? value_.compare_exchange_weak(expected, desired, std_order(success),
                                               std_order(failure))
                : value_.compare_exchange_strong(expected, desired, std_order(success),
                                                 std_order(failure));
  }

  std::atomic<T> value_;
};

template <typename T>
using atomic = word<T, hooks::storage::atomic>;

template <typename T>
using coherent = word<T, hooks::storage::coherent>;

// A fence of the seam; under smp_wmb and smp_rmb see order.h.
inline void fence(order o, site where = site::current()) {
  hooks::fence(o, where);
}

// Declare that everything before order_release(x) happens before what follows a later
// order_acquire(x). For mechanisms built on coherent state (RCU, SRCU, TLB flushes).
inline void order_release(const void* object, site where = site::current()) {
  hooks::order_release(object, where);
}
inline void order_acquire(const void* object, site where = site::current()) {
  hooks::order_acquire(object, where);
}
// A full barrier that is part of such a mechanism: no step, and no happens-before by itself.
inline void order_fence(site where = site::current()) {
  hooks::order_fence(where);
}

}  // namespace rw::sync
