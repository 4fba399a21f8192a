// torn_read: a sequence-locked pair is read without the second look at the sequence.
//
//   1  T1 sees an even sequence and reads a
//   2  T0 writes a and b
//   3  T1 reads b: half of the old pair, half of the new one
//
// Fix: read the sequence again, and start over if it moved. Shows as invariant within 1,200
// executions; shrinks to 2 tasks, 2 ops, 2 switches.
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct TornRead {
  sync::atomic<std::uint32_t> sequence{0};  // odd: a writer is inside
  sync::atomic<std::uint32_t> a{0};
  sync::atomic<std::uint32_t> b{0};  // always as a
};

TornRead* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::TornRead, "torn_read", sequence, a, b)

namespace rw::puzzles {
namespace {

using sync::order;

void begin(bool planted) {
  s = sync::make<TornRead>();
  s_planted = planted;
}

// The sequence when no writer is inside.
std::uint32_t even_sequence() {
  for (;;) {
    const std::uint32_t now = s->sequence.load(order::acquire);
    if (now % 2 == 0) return now;
    sync::relax();
  }
}

const char* write_pair() {
  std::uint32_t before = even_sequence();
  while (!s->sequence.compare_exchange_strong(before, before + 1)) before = even_sequence();
  sync::fence(order::release);  // the odd sequence is there before what follows
  const std::uint32_t next = s->a.load(order::relaxed) + 1;
  s->a.store(next, order::relaxed);
  s->b.store(next, order::relaxed);
  s->sequence.store(before + 2, order::release);
  return nullptr;
}

const char* read_pair() {
  for (;;) {
    const std::uint32_t before = even_sequence();
    const std::uint32_t a = s->a.load(order::relaxed);
    const std::uint32_t b = s->b.load(order::relaxed);
    sync::fence(order::acquire);
    if (!s_planted && s->sequence.load(order::relaxed) != before) continue;
    if (a != b)
      sync::fail("invariant", {"torn_read.a", "torn_read.b"},
                 fmt::format("read a={} b={}: halves of two pairs", a, b));
    return nullptr;
  }
}

}  // namespace

constinit const Puzzle torn_read = {
    .name = "torn_read",
    .kind = "invariant",
    .what = "a reader of a sequence-locked pair does not look at the sequence again",
    .fix = "it does, and starts over if the sequence moved",
    .begin = begin,
    .roles = {write_pair, read_pair},
    .finish = nullptr,
    .tasks = 2,
    .budget = 1'200,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 2},
};

}  // namespace rw::puzzles
