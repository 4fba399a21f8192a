// wait, notify, relax: how a task waits.
//
// Promises: wait() compares with the newest value and blocks in one step, as a futex does; no
// happens-before comes from waking (locks get it from the atomics they use). notify() names an
// address and reads nothing, so it may legally run after the object is gone.
// Leaves out: time-outs (model time does not exist).
#pragma once

#include "fuzz/sync/atomic.h"

namespace rw::sync {

inline constexpr unsigned kAll = ~0U;

// Blocks until notified if `w` still holds `expected`. May return spuriously: loop around it.
template <typename T, hooks::storage kStorage>
void wait(const word<T, kStorage>& w, T expected, site where = site::current()) {
  static_assert(sizeof(T) == 4, "a task waits on a 32-bit word");
  hooks::wait(w.address(), static_cast<std::uint32_t>(to_bits(expected)), where);
}

inline void notify(const void* address, unsigned count, site where = site::current()) {
  hooks::notify(address, count, where);
}

// The body of every spin loop calls this: the task is descheduled until another makes a step.
inline void relax(site where = site::current()) {
  hooks::relax(where);
}

// A choice of the schedule in [0, n): 0 is the benign one. `what` is a literal, e.g. "steal".
inline unsigned choose(unsigned n, const char* what, site where = site::current()) {
  return hooks::choose(n, what, where);
}

// The code under test has asked what the design has chosen, and that is not the default: strategies
// may preempt the calling task in its next few steps rather than elsewhere. Orders nothing. Returns
// whether it is one of the tasks that asks: what set-up and final checks get to says nothing.
inline bool choice_asked() {
  return hooks::choice_asked();
}

// The calling task, which is also the logical CPU it runs on.
inline unsigned current_task() {
  return hooks::current_task();
}

}  // namespace rw::sync
