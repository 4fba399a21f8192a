#include "targets/kernel/rcu.h"

#include "targets/kernel/grace.h"

RW_TYPE_NAMED(rw::kernel::grace_domain, "rcu", started, queued, section)

namespace rw::kernel {

namespace {

grace_domain* g_rcu = nullptr;  // made anew by rcu_begin_execution, then constant

}  // namespace

void rcu_misuse(const char* what, site where) {
  sync::fail("rcu-misuse", {what, sync::function_name(where)},
             fmt::format("{} in {}", what, sync::function_name(where)), where);
}

void rcu_read_lock(site where) {
  enter_atomic("rcu_read_lock", g_rcu, where);
  grace_enter(g_rcu, "rcu_read_lock", where);
}

void rcu_read_unlock(site where) {
  if (!rcu_read_lock_held()) rcu_misuse("rcu_read_unlock without rcu_read_lock", where);
  grace_leave(g_rcu, "rcu_read_unlock", where);
  leave_atomic(g_rcu);
}

bool rcu_read_lock_held() {
  return grace_inside(g_rcu);
}

void synchronize_rcu(site where) {
  if (rcu_read_lock_held()) rcu_misuse("synchronize_rcu inside a read section", where);
  might_sleep(where);
  grace_snapshot since;
  {
    const sync::operation scope("synchronize_rcu", g_rcu, where);
    since = grace_start(g_rcu, where);
  }
  grace_wait(g_rcu, since, "synchronize_rcu", where);
}

void call_rcu(rcu_head* head, void (*func)(rcu_head*), site where) {
  grace_call(g_rcu, head, func, true, where);
}

void rcu_barrier(site where) {
  if (rcu_read_lock_held()) rcu_misuse("rcu_barrier inside a read section", where);
  might_sleep(where);
  grace_barrier(g_rcu, "rcu_barrier", where);
}

void rcu_run_callbacks(site where) {
  grace_run_callbacks(true, where);
}

void rcu_begin_execution() {
  grace_begin_execution();
  g_rcu = sync::make<grace_domain>();
  grace_init(g_rcu, site::current());
}

}  // namespace rw::kernel
