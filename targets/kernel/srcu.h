// SRCU: RCU in domains of their own, whose readers may sleep.
//
// Models kernel/rcu/srcutree.c (2.6.19 to today; the mmu notifiers' domain since
// 21a92735f660, 3.7). synchronize_srcu inside a read section of the same domain is the failure
// "rcu-misuse". Callbacks run in process context, by srcu_run_callbacks() as with RCU. Changed: one
// word per task instead of two counters per CPU and index; the index that srcu_read_lock returns is
// the nesting depth, and unlocking with another one is "rcu-misuse". Left out: _fast, _nmisafe and
// polling variants, sections handed to another task.
#pragma once

#include "targets/kernel/grace.h"
#include "targets/kernel/rcu.h"

namespace rw::kernel {

struct srcu_struct {
  grace_domain domain;
};

void init_srcu_struct(srcu_struct* ssp, site where = site::current());
// Returns an index to be handed to the unlock.
int srcu_read_lock(srcu_struct* ssp, site where = site::current());
void srcu_read_unlock(srcu_struct* ssp, int idx, site where = site::current());
bool srcu_read_lock_held(const srcu_struct* ssp);

void synchronize_srcu(srcu_struct* ssp, site where = site::current());
void call_srcu(srcu_struct* ssp, rcu_head* head, void (*func)(rcu_head*),
               site where = site::current());
void srcu_barrier(srcu_struct* ssp, site where = site::current());
// Runs the calling task's SRCU callbacks, of all domains, that are ready.
void srcu_run_callbacks(site where = site::current());

template <typename T>
T* srcu_dereference(const sync::atomic<T*>& p, const srcu_struct* ssp,
                    site where = site::current()) {
  return rcu_dereference_check(p, srcu_read_lock_held(ssp), where);
}

}  // namespace rw::kernel
