// grace_period_inside: a reader that meets a move waits for a grace period without leaving its
// section, that is, for itself.
//
//   1  T0 says that it is moving things
//   2  T1 sees that inside its read section and calls synchronize_rcu there
//
// Fix: leave the section first. Shows as rcu-misuse within 500 executions; shrinks to 2 tasks, 2
// ops, 1 switch.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct GracePeriodInside {
  sync::atomic<std::uint32_t> moving{0};
};

GracePeriodInside* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::GracePeriodInside, "grace_period_inside", moving)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<GracePeriodInside>();
  s_planted = planted;
}

const char* move() {
  kernel::WRITE_ONCE(s->moving, 1);
  kernel::WRITE_ONCE(s->moving, 0);
  return nullptr;
}

const char* read() {
  kernel::rcu_read_lock();
  const bool moving = kernel::READ_ONCE(s->moving) != 0;
  if (moving && s_planted) kernel::synchronize_rcu();
  kernel::rcu_read_unlock();
  if (moving && !s_planted) kernel::synchronize_rcu();
  return nullptr;
}

}  // namespace

constinit const Puzzle grace_period_inside = {
    .name = "grace_period_inside",
    .kind = "rcu-misuse",
    .what = "synchronize_rcu is called inside a read section when a move is met",
    .fix = "the section is left first",
    .begin = begin,
    .roles = {move, read},
    .finish = nullptr,
    .tasks = 2,
    .budget = 500,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 1},
};

}  // namespace rw::puzzles
