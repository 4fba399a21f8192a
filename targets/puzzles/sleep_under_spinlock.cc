// sleep_under_spinlock: the slow path of a try takes a sleeping lock in atomic context.
//
//   1  T0 holds the mutex
//   2  T1 holds the spinlock, fails to get the mutex at once, and waits for it
//
// Fix: give up instead of waiting. Shows as sleep-in-atomic within 400 executions; shrinks to 2
// tasks, 2 ops, 1 switch.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct SleepUnderSpinlock {
  kernel::mutex sleeping;
  kernel::spinlock_t spinning;
};

SleepUnderSpinlock* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::SleepUnderSpinlock, "sleep_under_spinlock", sleeping, spinning)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<SleepUnderSpinlock>();
  s_planted = planted;
  kernel::mutex_init(&s->sleeping);
  kernel::spin_lock_init(&s->spinning);
}

const char* hold_mutex() {
  kernel::mutex_lock(&s->sleeping);
  kernel::mutex_unlock(&s->sleeping);
  return nullptr;
}

const char* mutex_under_spinlock() {
  kernel::spin_lock(&s->spinning);
  bool got = kernel::mutex_trylock(&s->sleeping);
  if (!got && s_planted) {
    kernel::mutex_lock(&s->sleeping);
    got = true;
  }
  if (got) kernel::mutex_unlock(&s->sleeping);
  kernel::spin_unlock(&s->spinning);
  return got ? nullptr : "the mutex is busy";
}

}  // namespace

constinit const Puzzle sleep_under_spinlock = {
    .name = "sleep_under_spinlock",
    .kind = "sleep-in-atomic",
    .what = "a failed mutex_trylock under a spinlock goes on to mutex_lock",
    .fix = "it gives up",
    .begin = begin,
    .roles = {hold_mutex, mutex_under_spinlock},
    .finish = nullptr,
    .tasks = 2,
    .budget = 400,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 1},
};

}  // namespace rw::puzzles
