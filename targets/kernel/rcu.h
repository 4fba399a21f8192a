// RCU: readers that cost nothing, and a grace period that waits for them.
//
// Models classic (non-preemptible) RCU of 2.6.27 to today as Documentation/RCU states it. A reader
// section is atomic context: might_sleep() inside is a failure. Misuse (synchronize_rcu inside a
// section, unlock without lock, rcu_dereference outside) is the failure "rcu-misuse".
// Changed: callbacks do not run in a softirq of their own: the target calls rcu_run_callbacks()
// after each op, which runs the calling task's callbacks whose grace period is over (whether now or
// later is a choice, "callback_later"), and rcu_barrier() at the end. They run in atomic context.
// Left out: expedited, tasks and preemptible flavours, stall warnings.
#pragma once

#include "targets/kernel/access.h"
#include "targets/kernel/context.h"

namespace rw::kernel {

struct grace_domain;

// Embedded in an object that is freed after a grace period. container_of is the callback's.
struct rcu_head {
  sync::cell<void (*)(rcu_head*)> func;
};

void rcu_read_lock(site where = site::current());
void rcu_read_unlock(site where = site::current());
bool rcu_read_lock_held();

void synchronize_rcu(site where = site::current());
// func(head) is called after a grace period. May be called from any context.
void call_rcu(rcu_head* head, void (*func)(rcu_head*), site where = site::current());
// Waits until every callback queued before has run; runs them itself where need be.
void rcu_barrier(site where = site::current());
// Runs the calling task's callbacks that are ready. No step if it has none.
void rcu_run_callbacks(site where = site::current());

void rcu_begin_execution();

[[noreturn]] void rcu_misuse(const char* what, site where);

// Reads a pointer to follow it, inside a read section. The address dependency orders what is read
// through it.
template <typename T>
T* rcu_dereference(const sync::atomic<T*>& p, site where = site::current()) {
  if (!rcu_read_lock_held()) rcu_misuse("rcu_dereference outside a read section", where);
  return p.load(order::consume, where);
}
// `protected_otherwise`: the caller holds what keeps the object alive (a lock, an SRCU section).
template <typename T>
T* rcu_dereference_check(const sync::atomic<T*>& p, bool protected_otherwise,
                         site where = site::current()) {
  if (!protected_otherwise && !rcu_read_lock_held())
    rcu_misuse("rcu_dereference outside a read section", where);
  return p.load(order::consume, where);
}
// The update side, under the lock that all updaters take.
template <typename T>
T* rcu_dereference_protected(const sync::atomic<T*>& p, bool lock_held,
                             site where = site::current()) {
  if (!lock_held) rcu_misuse("rcu_dereference_protected without the lock", where);
  return p.load(order::relaxed, where);
}
// Unchecked; for code that has its reasons.
template <typename T>
T* rcu_dereference_raw(const sync::atomic<T*>& p, site where = site::current()) {
  return p.load(order::consume, where);
}
// Reads a pointer without following it.
template <typename T>
T* rcu_access_pointer(const sync::atomic<T*>& p, site where = site::current()) {
  return p.load(order::relaxed, where);
}

}  // namespace rw::kernel
