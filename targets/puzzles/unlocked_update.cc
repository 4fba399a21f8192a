// unlocked_update: one of two updaters does not take the lock.
//
//   1  T0 adds to the counter under the lock
//   2  T1 adds to it without: nothing orders the two
//
// Fix: T1 takes the lock too. Shows as data-race within 50 executions; shrinks to 2 tasks, 2 ops,
// no switch.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct UnlockedUpdate {
  kernel::spinlock_t lock;
  sync::cell<std::uint32_t> counter{0};  // under `lock`
};

UnlockedUpdate* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::UnlockedUpdate, "unlocked_update", lock, counter)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<UnlockedUpdate>();
  s_planted = planted;
  kernel::spin_lock_init(&s->lock);
}

const char* update() {
  kernel::spin_lock(&s->lock);
  s->counter.add(1);
  kernel::spin_unlock(&s->lock);
  return nullptr;
}

const char* hasty_update() {
  if (!s_planted) return update();
  s->counter.add(1);
  return nullptr;
}

}  // namespace

constinit const Puzzle unlocked_update = {
    .name = "unlocked_update",
    .kind = "data-race",
    .what = "one of two updaters of a counter does not take its lock",
    .fix = "both take it",
    .begin = begin,
    .roles = {update, hasty_update},
    .finish = nullptr,
    .tasks = 2,
    .budget = 50,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 0},
};

}  // namespace rw::puzzles
