// double_checked: initialise once, with a fast path that acquires nothing.
//
//   1  T0 finds nothing ready, takes the lock, writes the value and says ready
//   2  T1 finds it ready, by a load that orders nothing, and reads the value
//
// Fix: the fast path's load is an acquire. Shows as data-race within 150 executions, although under
// sequential consistency the value read is right; shrinks to 2 tasks, 2 ops, 1 switch.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct DoubleChecked {
  kernel::mutex lock;
  sync::atomic<std::uint32_t> ready{0};
  sync::cell<std::uint32_t> value{0};  // written once, before `ready`
};

DoubleChecked* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::DoubleChecked, "double_checked", lock, ready, value)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<DoubleChecked>();
  s_planted = planted;
  kernel::mutex_init(&s->lock);
}

const char* use_value() {
  const std::uint32_t ready =
      s_planted ? kernel::READ_ONCE(s->ready) : kernel::smp_load_acquire(&s->ready);
  if (ready == 0) {
    kernel::mutex_lock(&s->lock);
    if (kernel::READ_ONCE(s->ready) == 0) {
      s->value.set(42);
      kernel::smp_store_release(&s->ready, 1);
    }
    kernel::mutex_unlock(&s->lock);
  }
  if (s->value.get() != 42)
    sync::fail("invariant", {"double_checked.value"}, "the value was read before it was written");
  return nullptr;
}

}  // namespace

constinit const Puzzle double_checked = {
    .name = "double_checked",
    .kind = "data-race",
    .what = "double-checked initialisation whose fast path acquires nothing",
    .fix = "the fast path loads with acquire order",
    .begin = begin,
    .roles = {use_value},
    .finish = nullptr,
    .tasks = 2,
    .budget = 150,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 1},
};

}  // namespace rw::puzzles
