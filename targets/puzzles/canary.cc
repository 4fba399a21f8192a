// canary: always fails, so that a campaign which finds nothing can be told from one that sees
// nothing.
//
//   1  T0 runs role0
//
// Fix: none; it has no fixed twin. Shows as invariant in the first execution that runs role0;
// within 30 executions; shrinks to 1 task, 1 op, no switch.
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

bool s_planted;

void begin(bool planted) {
  s_planted = planted;
}

const char* sing() {
  if (!s_planted) return "the canary has no fixed twin";
  sync::fail("invariant", {"canary"}, "the canary fails, as it always must");
}

}  // namespace

constinit const Puzzle canary = {
    .name = "canary",
    .kind = "invariant",
    .what = "always fails: proves that a failure is noticed",
    .fix = "none",
    .begin = begin,
    .roles = {sing},
    .finish = nullptr,
    .tasks = 1,
    .budget = 30,
    .shrunk = {.tasks = 1, .ops = 1, .switches = 0},
};

}  // namespace rw::puzzles
