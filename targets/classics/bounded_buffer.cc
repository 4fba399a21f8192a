// bounded_buffer: one place, one condition for "not full" and "not empty", and signal wakes one.
//
//   1  T2 and T4, consumers, wait for an element
//   2  T1 puts one and signals: T2 is woken
//   3  T3, a producer, finds the place taken and waits as well
//   4  T2 takes the element and signals: T4 is woken, finds nothing and waits again
//   5  T3 could put its element, and nobody tells it
//
// Fix: a condition of its own for each.
// A role is played only if its counterpart is certain to come: else a right buffer waits for ever.
// Source: Lampson and Redell, "Experience with Processes and Monitors in Mesa", CACM 23(2), 1980.
#include "targets/classics/classic.h"
#include "targets/classics/posix.h"

namespace rw::classics {
namespace {

constexpr int kPlaces = 1;

struct BoundedBuffer {
  mutex lock;
  condition not_full;  // planted: of both
  condition not_empty;
  plain_int elements{0};
  sync::ghost<int> promised;  // puts begun, less gets begun
};

BoundedBuffer* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::BoundedBuffer, "bounded_buffer", lock, not_full, not_empty, elements)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<BoundedBuffer>();
  s_planted = planted;
}

// Begins a put (+1) or a get (-1), if it is certain to end.
bool promise(int change) {
  const sync::ghost_section section;
  const int after = s->promised.get() + change;
  if (after < 0 || after > kPlaces) return false;
  s->promised.set(after);
  return true;
}

const char* put() {
  if (!promise(1)) return "nobody would make room";
  condition& filled = s_planted ? s->not_full : s->not_empty;
  s->lock.lock();
  while (s->elements.load() == kPlaces) s->not_full.wait(s->lock);
  s->elements.store(s->elements.load() + 1);
  filled.signal();
  s->lock.unlock();
  return nullptr;
}

const char* get() {
  if (!promise(-1)) return "nobody would put anything";
  condition& filled = s_planted ? s->not_full : s->not_empty;
  s->lock.lock();
  while (s->elements.load() == 0) filled.wait(s->lock);
  s->elements.store(s->elements.load() - 1);
  s->not_full.signal();
  s->lock.unlock();
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "bounded_buffer",
     .teams = {{1, 0}, {1, 1}, {1, 0}, {1, 1}},
     .best = {},
     .budget = 10'000},
};

}  // namespace

constinit const Classic bounded_buffer = {
    .name = "bounded_buffer",
    .kinds = {"lost-wakeup"},
    .what = "producers and consumers wait on one condition, and a signal wakes one of either",
    .fix = "each side has a condition of its own",
    .source = "Lampson, Redell, CACM 23(2), 1980",
    .begin = begin,
    .roles = {put, get},
    .finish = nullptr,
    .programs = kPrograms,
};

}  // namespace rw::classics
