#include "targets/kernel/failable.h"

#include "targets/kernel/context.h"

namespace rw::kernel {

namespace {

// One per task and touched by it alone.
struct alignas(64) task_injection {
  unsigned left = 0;  // allocations until one fails; 0: off
};
task_injection g_injections[kMaxTasks];

}  // namespace

RW_UNINSTRUMENTED void fail_next_allocation(unsigned n) {
  g_injections[sync::current_task()].left = n;
}

RW_UNINSTRUMENTED bool should_fail() {
  unsigned& left = g_injections[sync::current_task()].left;
  return left != 0 && --left == 0;
}

RW_UNINSTRUMENTED void failable_begin_execution() {
  for (task_injection& i : g_injections) i.left = 0;
}

}  // namespace rw::kernel
