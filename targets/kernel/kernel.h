// The primitives, whole, and what a target calls at the seams of an execution.
//
// A target calls begin_execution() first in Target::begin, op_end() after every op (set-up ops
// too), and finish() first in Target::finish.
#pragma once

#include "targets/kernel/access.h"          // IWYU pragma: export
#include "targets/kernel/bit_spinlock.h"    // IWYU pragma: export
#include "targets/kernel/completion.h"      // IWYU pragma: export
#include "targets/kernel/context.h"         // IWYU pragma: export
#include "targets/kernel/failable.h"        // IWYU pragma: export
#include "targets/kernel/lockdep.h"         // IWYU pragma: export
#include "targets/kernel/mutex.h"           // IWYU pragma: export
#include "targets/kernel/page_allocator.h"  // IWYU pragma: export
#include "targets/kernel/rcu.h"             // IWYU pragma: export
#include "targets/kernel/refcount.h"        // IWYU pragma: export
#include "targets/kernel/rwlock.h"          // IWYU pragma: export
#include "targets/kernel/rwsem.h"           // IWYU pragma: export
#include "targets/kernel/seqcount.h"        // IWYU pragma: export
#include "targets/kernel/slab.h"            // IWYU pragma: export
#include "targets/kernel/spinlock.h"        // IWYU pragma: export
#include "targets/kernel/srcu.h"            // IWYU pragma: export
#include "targets/kernel/wait_queue.h"      // IWYU pragma: export

namespace rw::kernel {

struct execution_options {
  slab_reuse reuse = slab_reuse::lifo;
  bool check_lock_order = true;  // false: only real deadlocks show
};

// Everything here is as at boot.
void begin_execution(const execution_options& options = {});
// The calling task's op ends: no lock, read section or atomic context may be left; then its
// callbacks that are ready run.
void op_end(sync::site where = sync::site::current());
// All tasks have ended: every callback that is left runs.
void finish(sync::site where = sync::site::current());

}  // namespace rw::kernel
