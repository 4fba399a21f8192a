// after_you: two tasks let each other go first, for ever.
//
//   1  T0 says it wants in
//   2  T1 says it wants in
//   3  T0 sees T1 and waits until it has gone
//   4  T1 sees T0 and waits until it has gone
//
// Fix: side 1 takes its wish back while it waits (Dekker's algorithm with a fixed turn). Shows as
// livelock within 300 executions; shrinks to 2 tasks, 2 ops, 1 switch.
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct AfterYou {
  sync::atomic<std::uint32_t> wants0{0};
  sync::atomic<std::uint32_t> wants1{0};
};

AfterYou* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::AfterYou, "after_you", wants0, wants1)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<AfterYou>();
  s_planted = planted;
}

const char* side0() {
  s->wants0.store(1);
  while (s->wants1.load() != 0) sync::relax();
  s->wants0.store(0);
  return nullptr;
}

const char* side1() {
  s->wants1.store(1);
  while (s->wants0.load() != 0) {
    if (!s_planted) {
      s->wants1.store(0);
      while (s->wants0.load() != 0) sync::relax();
      s->wants1.store(1);
    } else {
      sync::relax();
    }
  }
  s->wants1.store(0);
  return nullptr;
}

}  // namespace

constinit const Puzzle after_you = {
    .name = "after_you",
    .kind = "livelock",
    .what = "each of two sides waits until the other no longer wants in",
    .fix = "side 1 takes its wish back while it waits",
    .begin = begin,
    .roles = {side0, side1},
    .finish = nullptr,
    .tasks = 2,
    .budget = 300,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 1},
};

}  // namespace rw::puzzles
