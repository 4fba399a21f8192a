// access: how kernel code touches shared words: READ_ONCE, barriers, atomic_t, bit operations.
//
// Models include/asm-generic/barrier.h, linux/atomic.h and asm-generic/bitops of 4.19 to today (the
// older ACCESS_ONCE and smp_mb__before_atomic_inc are spelled the new way), with the orders that
// Documentation/atomic_t.txt and memory-barriers.txt state: value-returning read-modify-writes are
// fully ordered, the others relaxed; a failed cmpxchg orders nothing.
// Promises: the only place where code of the targets meets a memory order; each call is one step,
// but under lkmm the full barrier behind a read-modify-write is one, too.
// Works on both storages: a coherent word gets the value and no ordering.
// Changed: bit operations take 32-bit words; there are no 1- and 2-byte accesses.
// Left out: rcu_dereference and its checks (rcu.h), atomic64_t apart from atomic_long_t.
#pragma once

#include <new>
#include <type_traits>

#include "fuzz/sync/sync.h"

namespace rw::kernel {

using sync::order;
using sync::site;
using atomic_t = sync::atomic<int>;
using atomic_long_t = sync::atomic<long>;

// A plain, initialising write, as an init function makes it: no step, but a race if another task
// can already see the word.
template <typename T, hooks::storage S>
void init_word(sync::word<T, S>* w, std::type_identity_t<T> value, site where = site::current()) {
  new (w) sync::word<T, S>(value, where);
}

template <typename T, hooks::storage S>
T READ_ONCE(const sync::word<T, S>& w, site where = site::current()) {
  return w.load(order::relaxed, where);
}
template <typename T, hooks::storage S>
void WRITE_ONCE(sync::word<T, S>& w, std::type_identity_t<T> value, site where = site::current()) {
  w.store(value, order::relaxed, where);
}

inline void smp_mb(site where = site::current()) {
  sync::fence(order::full, where);
}
// smp_mb() before an IPI, where it came late: a step under lkmm only, so that schedules stored for
// the other models keep theirs.
inline void smp_mb__inside_step(site where = site::current()) {
  if (hooks::kernel_memory()) return smp_mb(where);
  sync::order_fence(where);
}
inline void smp_rmb(site where = site::current()) {
  sync::fence(order::rmb, where);
}
inline void smp_wmb(site where = site::current()) {
  sync::fence(order::wmb, where);
}
// After a branch on the value of `w`, which is read again by nobody: what its writer released
// happens before what follows. The model tracks no control dependencies, so this stands for them
// too. The word is named for ThreadSanitizer, which knows no fences.
template <typename T, hooks::storage S>
void smp_acquire__after_ctrl_dep(const sync::word<T, S>& w, site where = site::current()) {
  smp_rmb(where);
  sync::order_acquire(&w, where);
}
inline void smp_mb__before_atomic(site where = site::current()) {
  smp_mb(where);
}
inline void smp_mb__after_atomic(site where = site::current()) {
  smp_mb(where);
}

template <typename T, hooks::storage S>
T smp_load_acquire(const sync::word<T, S>* w, site where = site::current()) {
  return w->load(order::acquire, where);
}
template <typename T, hooks::storage S>
void smp_store_release(sync::word<T, S>* w, std::type_identity_t<T> value,
                       site where = site::current()) {
  w->store(value, order::release, where);
}
// WRITE_ONCE, then a full barrier.
template <typename T, hooks::storage S>
void smp_store_mb(sync::word<T, S>& w, std::type_identity_t<T> value,
                  site where = site::current()) {
  w.store(value, order::relaxed, where);
  smp_mb(where);
}

// Each returns the value before. The cmpxchg family stores `desired` iff that value was `expected`.
template <typename T, hooks::storage S>
T xchg(sync::word<T, S>* w, std::type_identity_t<T> value, site where = site::current()) {
  return w->exchange(value, order::full, where);
}
template <typename T, hooks::storage S>
T cmpxchg(sync::word<T, S>* w, std::type_identity_t<T> expected, std::type_identity_t<T> desired,
          site where = site::current()) {
  w->compare_exchange_strong(expected, desired, order::full, order::relaxed, where);
  return expected;
}
template <typename T, hooks::storage S>
T cmpxchg_acquire(sync::word<T, S>* w, std::type_identity_t<T> expected,
                  std::type_identity_t<T> desired, site where = site::current()) {
  w->compare_exchange_strong(expected, desired, order::acquire, order::relaxed, where);
  return expected;
}
template <typename T, hooks::storage S>
T cmpxchg_release(sync::word<T, S>* w, std::type_identity_t<T> expected,
                  std::type_identity_t<T> desired, site where = site::current()) {
  w->compare_exchange_strong(expected, desired, order::release, order::relaxed, where);
  return expected;
}
template <typename T, hooks::storage S>
T cmpxchg_relaxed(sync::word<T, S>* w, std::type_identity_t<T> expected,
                  std::type_identity_t<T> desired, site where = site::current()) {
  w->compare_exchange_strong(expected, desired, order::relaxed, order::relaxed, where);
  return expected;
}
// Returns whether it stored; otherwise *expected holds the value seen.
template <typename T, hooks::storage S>
bool try_cmpxchg(sync::word<T, S>* w, std::type_identity_t<T>* expected,
                 std::type_identity_t<T> desired, site where = site::current()) {
  return w->compare_exchange_strong(*expected, desired, order::full, order::relaxed, where);
}

// ---- atomic_t, atomic_long_t --------------------------------------------------------------------

template <typename T, hooks::storage S>
T atomic_read(const sync::word<T, S>* v, site where = site::current()) {
  return v->load(order::relaxed, where);
}
template <typename T, hooks::storage S>
void atomic_set(sync::word<T, S>* v, std::type_identity_t<T> i, site where = site::current()) {
  v->store(i, order::relaxed, where);
}
template <typename T, hooks::storage S>
void atomic_add(std::type_identity_t<T> i, sync::word<T, S>* v, site where = site::current()) {
  v->fetch_add(i, order::relaxed, where);
}
template <typename T, hooks::storage S>
void atomic_sub(std::type_identity_t<T> i, sync::word<T, S>* v, site where = site::current()) {
  v->fetch_sub(i, order::relaxed, where);
}
template <typename T, hooks::storage S>
void atomic_inc(sync::word<T, S>* v, site where = site::current()) {
  v->fetch_add(1, order::relaxed, where);
}
template <typename T, hooks::storage S>
void atomic_dec(sync::word<T, S>* v, site where = site::current()) {
  v->fetch_sub(1, order::relaxed, where);
}
// These return the value after.
template <typename T, hooks::storage S>
T atomic_add_return(std::type_identity_t<T> i, sync::word<T, S>* v, site where = site::current()) {
  return v->fetch_add(i, order::full, where) + i;
}
template <typename T, hooks::storage S>
T atomic_sub_return(std::type_identity_t<T> i, sync::word<T, S>* v, site where = site::current()) {
  return v->fetch_sub(i, order::full, where) - i;
}
template <typename T, hooks::storage S>
T atomic_inc_return(sync::word<T, S>* v, site where = site::current()) {
  return v->fetch_add(1, order::full, where) + 1;
}
template <typename T, hooks::storage S>
T atomic_dec_return(sync::word<T, S>* v, site where = site::current()) {
  return v->fetch_sub(1, order::full, where) - 1;
}
template <typename T, hooks::storage S>
bool atomic_dec_and_test(sync::word<T, S>* v, site where = site::current()) {
  return v->fetch_sub(1, order::full, where) == 1;
}
template <typename T, hooks::storage S>
bool atomic_inc_and_test(sync::word<T, S>* v, site where = site::current()) {
  return v->fetch_add(1, order::full, where) == -1;
}
template <typename T, hooks::storage S>
bool atomic_sub_and_test(std::type_identity_t<T> i, sync::word<T, S>* v,
                         site where = site::current()) {
  return v->fetch_sub(i, order::full, where) == i;
}
template <typename T, hooks::storage S>
bool atomic_add_negative(std::type_identity_t<T> i, sync::word<T, S>* v,
                         site where = site::current()) {
  return v->fetch_add(i, order::full, where) + i < 0;
}
// Adds `i` unless the value is `u`. Returns whether it added. No order when it did not.
template <typename T, hooks::storage S>
bool atomic_add_unless(sync::word<T, S>* v, std::type_identity_t<T> i, std::type_identity_t<T> u,
                       site where = site::current()) {
  sync::operation scope("atomic_add_unless", v, where);
  T seen = v->load(order::relaxed, where);
  while (seen != u)
    if (v->compare_exchange_strong(seen, seen + i, order::full, order::relaxed, where)) return true;
  return false;
}
template <typename T, hooks::storage S>
bool atomic_inc_not_zero(sync::word<T, S>* v, site where = site::current()) {
  return atomic_add_unless(v, 1, 0, where);
}
template <typename T, hooks::storage S>
T atomic_xchg(sync::word<T, S>* v, std::type_identity_t<T> i, site where = site::current()) {
  return xchg(v, i, where);
}
template <typename T, hooks::storage S>
T atomic_cmpxchg(sync::word<T, S>* v, std::type_identity_t<T> expected,
                 std::type_identity_t<T> desired, site where = site::current()) {
  return cmpxchg(v, expected, desired, where);
}

// ---- bits of a word -----------------------------------------------------------------------------

template <typename T, hooks::storage S>
void set_bit(unsigned bit, sync::word<T, S>* w, site where = site::current()) {
  w->fetch_or(T{1} << bit, order::relaxed, where);
}
template <typename T, hooks::storage S>
void clear_bit(unsigned bit, sync::word<T, S>* w, site where = site::current()) {
  w->fetch_and(~(T{1} << bit), order::relaxed, where);
}
// clear_bit with release order: the unlock of a bit lock.
template <typename T, hooks::storage S>
void clear_bit_unlock(unsigned bit, sync::word<T, S>* w, site where = site::current()) {
  w->fetch_and(~(T{1} << bit), order::release, where);
}
template <typename T, hooks::storage S>
bool test_bit(unsigned bit, const sync::word<T, S>* w, site where = site::current()) {
  return (w->load(order::relaxed, where) >> bit & 1U) != 0;
}
// The bit before.
template <typename T, hooks::storage S>
bool test_and_set_bit(unsigned bit, sync::word<T, S>* w, site where = site::current()) {
  return (w->fetch_or(T{1} << bit, order::full, where) >> bit & 1U) != 0;
}
template <typename T, hooks::storage S>
bool test_and_clear_bit(unsigned bit, sync::word<T, S>* w, site where = site::current()) {
  return (w->fetch_and(~(T{1} << bit), order::full, where) >> bit & 1U) != 0;
}
// test_and_set_bit with acquire order only: the trylock of a bit lock.
template <typename T, hooks::storage S>
bool test_and_set_bit_lock(unsigned bit, sync::word<T, S>* w, site where = site::current()) {
  return (w->fetch_or(T{1} << bit, order::acquire, where) >> bit & 1U) != 0;
}

// ---- publishing a pointer (reading it: rcu.h) ---------------------------------------------------

template <typename T>
void rcu_assign_pointer(sync::atomic<T*>& p, std::type_identity_t<T*> value,
                        site where = site::current()) {
  p.store(value, order::release, where);
}
// Initialises a pointer nobody can see yet, or clears one: no order.
template <typename T>
void RCU_INIT_POINTER(sync::atomic<T*>& p, std::type_identity_t<T*> value,
                      site where = site::current()) {
  p.store(value, order::relaxed, where);
}

}  // namespace rw::kernel
