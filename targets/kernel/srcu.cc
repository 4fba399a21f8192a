#include "targets/kernel/srcu.h"

namespace rw::kernel {

void init_srcu_struct(srcu_struct* ssp, site where) {
  grace_init(&ssp->domain, where);
}

int srcu_read_lock(srcu_struct* ssp, site where) {
  return static_cast<int>(grace_enter(&ssp->domain, "srcu_read_lock", where));
}

void srcu_read_unlock(srcu_struct* ssp, int idx, site where) {
  if (!srcu_read_lock_held(ssp)) rcu_misuse("srcu_read_unlock without srcu_read_lock", where);
  const unsigned after = grace_leave(&ssp->domain, "srcu_read_unlock", where);
  if (idx != static_cast<int>(after)) rcu_misuse("srcu_read_unlock with a wrong index", where);
}

bool srcu_read_lock_held(const srcu_struct* ssp) {
  return grace_inside(&ssp->domain);
}

void synchronize_srcu(srcu_struct* ssp, site where) {
  if (srcu_read_lock_held(ssp))
    rcu_misuse("synchronize_srcu inside a read section of its domain", where);
  might_sleep(where);
  grace_snapshot since;
  {
    const sync::operation scope("synchronize_srcu", &ssp->domain, where);
    since = grace_start(&ssp->domain, where);
  }
  grace_wait(&ssp->domain, since, "synchronize_srcu", where);
}

void call_srcu(srcu_struct* ssp, rcu_head* head, void (*func)(rcu_head*), site where) {
  grace_call(&ssp->domain, head, func, false, where);
}

void srcu_barrier(srcu_struct* ssp, site where) {
  if (srcu_read_lock_held(ssp))
    rcu_misuse("srcu_barrier inside a read section of its domain", where);
  might_sleep(where);
  grace_barrier(&ssp->domain, "srcu_barrier", where);
}

void srcu_run_callbacks(site where) {
  grace_run_callbacks(false, where);
}

}  // namespace rw::kernel
