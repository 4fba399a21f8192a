// three_locks: a ring of three tasks and three locks, one preemption in each of two tasks.
//
//   1  T0 takes lock 0
//   2  T1 takes lock 1
//   3  T2 takes lock 2 and waits for lock 0
//   4  T0 waits for lock 1
//   5  T1 waits for lock 2
//
// Fix: locks are taken in the order of their numbers. Shows as deadlock within 2,000 executions;
// shrinks to 3 tasks, 3 ops, 3 switches. No two tasks can do it.
#include "targets/kernel/raw_lock.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct ThreeLocks {
  kernel::raw_lock lock0;
  kernel::raw_lock lock1;
  kernel::raw_lock lock2;
};

ThreeLocks* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::ThreeLocks, "three_locks", lock0, lock1, lock2)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<ThreeLocks>();
  s_planted = planted;
}

void both(kernel::raw_lock& first, kernel::raw_lock& second) {
  first.lock();
  second.lock();
  second.unlock();
  first.unlock();
}

const char* zero_and_one() {
  both(s->lock0, s->lock1);
  return nullptr;
}

const char* one_and_two() {
  both(s->lock1, s->lock2);
  return nullptr;
}

const char* two_and_zero() {
  if (s_planted)
    both(s->lock2, s->lock0);
  else
    both(s->lock0, s->lock2);
  return nullptr;
}

}  // namespace

constinit const Puzzle three_locks = {
    .name = "three_locks",
    .kind = "deadlock",
    .what = "three tasks take three locks round a ring",
    .fix = "locks are taken in the order of their numbers",
    .begin = begin,
    .roles = {zero_and_one, one_and_two, two_and_zero},
    .finish = nullptr,
    .tasks = 3,
    .budget = 2'000,
    .shrunk = {.tasks = 3, .ops = 3, .switches = 3},
};

}  // namespace rw::puzzles
