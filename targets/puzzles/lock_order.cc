// lock_order: two locks are taken in both orders; no deadlock needs to happen.
//
//   1  a is taken and then b
//   2  b is taken and then a, by whomever
//
// Fix: both take a first. Shows as lock-order within 60 executions; shrinks to 1 task, 2 ops, no
// switch: the order graph of one execution predicts what abba.cc has to meet.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct LockOrder {
  kernel::spinlock_t a;
  kernel::spinlock_t b;
};

LockOrder* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::LockOrder, "lock_order", a, b)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<LockOrder>();
  s_planted = planted;
  kernel::spin_lock_init(&s->a);
  kernel::spin_lock_init(&s->b);
}

void both(kernel::spinlock_t* first, kernel::spinlock_t* second) {
  kernel::spin_lock(first);
  kernel::spin_lock(second);
  kernel::spin_unlock(second);
  kernel::spin_unlock(first);
}

const char* a_then_b() {
  both(&s->a, &s->b);
  return nullptr;
}

const char* b_then_a() {
  if (s_planted)
    both(&s->b, &s->a);
  else
    both(&s->a, &s->b);
  return nullptr;
}

}  // namespace

constinit const Puzzle lock_order = {
    .name = "lock_order",
    .kind = "lock-order",
    .what = "two locks are taken in both orders",
    .fix = "a is always first",
    .begin = begin,
    .roles = {a_then_b, b_then_a},
    .finish = nullptr,
    .tasks = 1,
    .budget = 60,
    .shrunk = {.tasks = 1, .ops = 2, .switches = 0},
};

}  // namespace rw::puzzles
