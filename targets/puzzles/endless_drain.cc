// endless_drain: a queue is emptied under a spinlock, however fast others refill it.
//
//   1  T0 takes the lock and drains items of a queue that holds at most two
//   2  T1 refills the queue meanwhile (adding takes no lock)
//   3  T0 has handled more than two items without a place to be preempted at
//
// Fix: after two items drop the lock and start anew. Shows as latency within 1,200 executions;
// shrinks to 2 tasks, 3 ops, 2 switches.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

constexpr std::uint32_t kCapacity = 2;  // also the most items one section may handle

struct EndlessDrain {
  kernel::spinlock_t lock;
  sync::atomic<std::uint32_t> queued{0};  // items
};

EndlessDrain* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::EndlessDrain, "endless_drain", lock, queued)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<EndlessDrain>();
  s_planted = planted;
  kernel::spin_lock_init(&s->lock);
}

const char* fill() {
  kernel::WRITE_ONCE(s->queued, kCapacity);
  return nullptr;
}

// Takes one item off. Returns whether there was one.
bool take_item() {
  return kernel::atomic_add_unless(&s->queued, -1U, 0U);
}

const char* drain() {
  std::uint32_t handled = 0;  // in this section
  kernel::spin_lock(&s->lock);
  while (take_item()) {
    if (++handled > kCapacity)
      sync::fail(
          "latency", {"drain", "endless_drain.lock"},
          fmt::format("{} items in one unpreemptible section, {} allowed", handled, kCapacity));
    if (handled == kCapacity && !s_planted) break;
  }
  kernel::spin_unlock(&s->lock);
  return nullptr;
}

}  // namespace

constinit const Puzzle endless_drain = {
    .name = "endless_drain",
    .kind = "latency",
    .what = "a queue is emptied under a spinlock while others may refill it",
    .fix = "at most as many items per section as the queue can hold",
    .begin = begin,
    .roles = {fill, drain},
    .finish = nullptr,
    .tasks = 2,
    .budget = 1'200,
    .shrunk = {.tasks = 2, .ops = 3, .switches = 2},
};

}  // namespace rw::puzzles
