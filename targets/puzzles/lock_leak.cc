// lock_leak: the error path of a second lock forgets the first.
//
//   1  T0 holds b
//   2  T1 takes a, fails to get b, and returns with a held
//
// Fix: unlock a on that path. Shows as lock-leak within 400 executions; shrinks to 2 tasks, 2 ops,
// 1 switch.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct LockLeak {
  kernel::mutex a;
  kernel::mutex b;
};

LockLeak* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::LockLeak, "lock_leak", a, b)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<LockLeak>();
  s_planted = planted;
  kernel::mutex_init(&s->a);
  kernel::mutex_init(&s->b);
}

const char* hold_b() {
  kernel::mutex_lock(&s->b);
  kernel::mutex_unlock(&s->b);
  return nullptr;
}

const char* try_both() {
  kernel::mutex_lock(&s->a);
  if (!kernel::mutex_trylock(&s->b)) {
    if (!s_planted) kernel::mutex_unlock(&s->a);
    return "b is busy";
  }
  kernel::mutex_unlock(&s->b);
  kernel::mutex_unlock(&s->a);
  return nullptr;
}

}  // namespace

constinit const Puzzle lock_leak = {
    .name = "lock_leak",
    .kind = "lock-leak",
    .what = "the error path of a second lock forgets the first",
    .fix = "it unlocks the first",
    .begin = begin,
    .roles = {hold_b, try_both},
    .finish = nullptr,
    .tasks = 2,
    .budget = 400,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 1},
};

}  // namespace rw::puzzles
