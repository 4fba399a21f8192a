// lost_update: a counter is loaded and stored where it should be added to.
//
//   1  T0 loads n
//   2  T1 loads n and stores n + 1
//   3  T0 stores n + 1: T1's increment is gone
//
// Fix: fetch_add. Shows as invariant within 250 executions; shrinks to 2 tasks, 2 ops, 2 switches.
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct LostUpdate {
  sync::atomic<std::uint32_t> counter{0};
  sync::ghost<std::uint32_t> increments{0};
};

LostUpdate* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::LostUpdate, "lost_update", counter)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<LostUpdate>();
  s_planted = planted;
}

const char* increment() {
  s->increments.add(1);
  if (s_planted)
    s->counter.store(s->counter.load() + 1);
  else
    s->counter.fetch_add(1);
  return nullptr;
}

void finish() {
  const std::uint32_t counted = s->counter.load();
  if (counted != s->increments.get())
    sync::fail("invariant", {"lost_update.counter"},
               fmt::format("{} increments, the counter says {}", s->increments.get(), counted));
}

}  // namespace

constinit const Puzzle lost_update = {
    .name = "lost_update",
    .kind = "invariant",
    .what = "a counter is loaded and stored where it should be added to",
    .fix = "fetch_add",
    .begin = begin,
    .roles = {increment},
    .finish = finish,
    .tasks = 2,
    .budget = 250,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 2},
};

}  // namespace rw::puzzles
