// stale_claim: who finds that something is not published takes it for its own.
//
//   1  T1 sees that the flag is not set, or that it was not a while ago
//   2  T0 writes the data, and sets the flag
//   3  T1 writes the data too: the flag orders what comes after it was seen set, and nothing else
//
// Under a weak memory model step 1 may come last. Fix: both look and write under a lock. Shows as
// data-race within 50 executions; shrinks to 2 tasks, 2 ops, 1 switch.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct StaleClaim {
  kernel::spinlock_t lock;              // the fixed twin's
  sync::atomic<std::uint32_t> flag{0};  // the data is published
  sync::cell<std::uint32_t> data{0};
};

StaleClaim* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::StaleClaim, "stale_claim", lock, flag, data)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<StaleClaim>();
  s_planted = planted;
  kernel::spin_lock_init(&s->lock);
}

const char* publish() {
  if (s->flag.load(sync::order::acquire) != 0) return "it is published";
  if (!s_planted) kernel::spin_lock(&s->lock);
  s->data.set(1);
  s->flag.store(1, sync::order::release);
  if (!s_planted) kernel::spin_unlock(&s->lock);
  return nullptr;
}

const char* claim() {
  if (!s_planted) kernel::spin_lock(&s->lock);
  const bool is_free = s->flag.load(sync::order::acquire) == 0;
  if (is_free) s->data.set(2);
  if (!s_planted) kernel::spin_unlock(&s->lock);
  return is_free ? nullptr : "it is published";
}

}  // namespace

constinit const Puzzle stale_claim = {
    .name = "stale_claim",
    .kind = "data-race",
    .what = "who sees that nothing is published yet writes it itself",
    .fix = "both look and write under a lock",
    .begin = begin,
    .roles = {publish, claim},
    .finish = nullptr,
    .tasks = 2,
    .budget = 50,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 1},
};

}  // namespace rw::puzzles
