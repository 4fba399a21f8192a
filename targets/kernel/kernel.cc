#include "targets/kernel/kernel.h"

#include "targets/kernel/grace.h"

namespace rw::kernel {

void begin_execution(const execution_options& options) {
  context_begin_execution();
  lockdep_begin_execution(options.check_lock_order);
  failable_begin_execution();
  slab_begin_execution(options.reuse);
  page_allocator_begin_execution();
  wait_queue_begin_execution();
  rcu_begin_execution();
}

void op_end(sync::site where) {
  lockdep_op_end(where);
  grace_op_end(where);
  context_op_end(where);
  rcu_run_callbacks(where);
  srcu_run_callbacks(where);
}

void finish(sync::site where) {
  grace_finish(where);
}

}  // namespace rw::kernel
