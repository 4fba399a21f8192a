// lost_wakeup: the waiter looks at the condition before it notes where the wake-up counter stands.
//
//   1  T0 is in flight
//   2  T1 sees somebody in flight and decides to sleep
//   3  T0 lands: the last one out counts up `wakes` and wakes all sleepers (there are none)
//   4  T1 reads `wakes`, finds it unchanged since, and sleeps for ever
//
// Fix: read `wakes` first, then the condition (what prepare_to_wait is for). Shows as lost-wakeup
// within 3,000 executions; shrinks to 2 tasks, 2 ops, 3 switches.
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct LostWakeup {
  sync::atomic<std::uint32_t> in_flight{0};
  sync::atomic<std::uint32_t> wakes{0};
};

LostWakeup* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::LostWakeup, "lost_wakeup", in_flight, wakes)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<LostWakeup>();
  s_planted = planted;
}

const char* fly() {
  s->in_flight.fetch_add(1);
  if (s->in_flight.fetch_sub(1) == 1) {
    s->wakes.fetch_add(1);
    sync::notify(s->wakes.address(), sync::kAll);
  }
  return nullptr;
}

const char* wait_until_all_landed() {
  for (;;) {
    std::uint32_t wakes = 0;
    if (!s_planted) wakes = s->wakes.load();
    if (s->in_flight.load() == 0) return nullptr;
    if (s_planted) wakes = s->wakes.load();
    sync::wait(s->wakes, wakes);
  }
}

}  // namespace

constinit const Puzzle lost_wakeup = {
    .name = "lost_wakeup",
    .kind = "lost-wakeup",
    .what = "a waiter checks the condition before it reads the counter it sleeps on",
    .fix = "the counter is read first",
    .begin = begin,
    .roles = {fly, wait_until_all_landed},
    .finish = nullptr,
    .tasks = 2,
    .budget = 3'000,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 3},
};

}  // namespace rw::puzzles
