// abba: two tasks take two locks in opposite order, and it really happens.
//
//   1  T0 takes a
//   2  T1 takes b
//   3  T1 waits for a, which T0 holds
//   4  T0 waits for b, which T1 holds
//
// Fix: both take a first. Shows as deadlock within 300 executions; shrinks to 2 tasks, 2 ops,
// 2 switches. The locks are raw ones, so that the deadlock is met and not predicted
// (lock_order.cc).
#include "targets/kernel/raw_lock.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct Abba {
  kernel::raw_lock a;
  kernel::raw_lock b;
  sync::cell<std::uint32_t> guarded{0};  // by both
};

Abba* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::Abba, "abba", a, b, guarded)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<Abba>();
  s_planted = planted;
}

void both(kernel::raw_lock& first, kernel::raw_lock& second) {
  first.lock();
  second.lock();
  s->guarded.add(1);
  second.unlock();
  first.unlock();
}

const char* a_then_b() {
  both(s->a, s->b);
  return nullptr;
}

const char* b_then_a() {
  if (s_planted)
    both(s->b, s->a);
  else
    both(s->a, s->b);
  return nullptr;
}

}  // namespace

constinit const Puzzle abba = {
    .name = "abba",
    .kind = "deadlock",
    .what = "two tasks take two locks in opposite order",
    .fix = "both take a first",
    .begin = begin,
    .roles = {a_then_b, b_then_a},
    .finish = nullptr,
    .tasks = 2,
    .budget = 300,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 2},
};

}  // namespace rw::puzzles
