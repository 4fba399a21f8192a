// unlock_not_owner: "is it locked" is taken for "have I locked it".
//
//   1  T0 holds the mutex
//   2  T1 finds it locked, thinks its caller did that, goes ahead and unlocks it
//
// Fix: lock and unlock, unasked. Shows as unlock-not-owner within 150 executions; shrinks to 2
// tasks, 2 ops, 1 switch.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct UnlockNotOwner {
  kernel::mutex lock;
  sync::atomic<std::uint32_t> work{0};
};

UnlockNotOwner* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::UnlockNotOwner, "unlock_not_owner", lock, work)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<UnlockNotOwner>();
  s_planted = planted;
  kernel::mutex_init(&s->lock);
}

const char* work_locked() {
  kernel::mutex_lock(&s->lock);
  kernel::WRITE_ONCE(s->work, 1);
  kernel::mutex_unlock(&s->lock);
  return nullptr;
}

const char* work_maybe_locked() {
  if (!s_planted) return work_locked();
  if (!kernel::mutex_is_locked(&s->lock)) kernel::mutex_lock(&s->lock);
  kernel::WRITE_ONCE(s->work, 2);
  kernel::mutex_unlock(&s->lock);
  return nullptr;
}

}  // namespace

constinit const Puzzle unlock_not_owner = {
    .name = "unlock_not_owner",
    .kind = "unlock-not-owner",
    .what = "mutex_is_locked() is taken for \"I hold it\"",
    .fix = "always lock, always unlock",
    .begin = begin,
    .roles = {work_locked, work_maybe_locked},
    .finish = nullptr,
    .tasks = 2,
    .budget = 150,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 1},
};

}  // namespace rw::puzzles
