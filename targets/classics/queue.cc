// queue: what comes out of a queue is compared with what went in, turn by turn.
//
//   1  T1 enqueues two elements, and passes the turn
//   2  T1 is first at the lock again, sees that it is not its turn, and leaves a hole in its notes
//   3  T2 dequeues, and comes to the hole, or leaves a turn out itself
//
// Fix: the notes count elements, not turns.
// Source: SCTBench "CS/queue": twenty elements.
#include "targets/classics/classic.h"
#include "targets/classics/posix.h"

namespace rw::classics {
namespace {

constexpr int kSize = 20;

struct Queue {
  mutex lock;
  plain_int enqueue_turn{1};
  plain_int dequeue_turn{0};
  plain_int element[kSize] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  plain_int in{0};   // elements enqueued, ever
  plain_int out{0};  // dequeued
  plain_int noted[kSize] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
};

Queue* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::Queue, "queue", lock, enqueue_turn, dequeue_turn, element, in, out,
              noted)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<Queue>();
  s_planted = planted;
}

bool is_full() {
  return s->in.load() - s->out.load() == kSize;
}

// `turn`: of the caller's loop.
void enqueue(int turn) {
  const int n = s->in.load();
  s->element[n % kSize].store(n + 1);
  s->noted[(s_planted ? turn : n) % kSize].store(n + 1);
  s->in.store(n + 1);
}

void dequeue(int turn) {
  const int n = s->out.load();
  const int element = s->element[n % kSize].load();
  s->out.store(n + 1);
  require(element == s->noted[(s_planted ? turn : n) % kSize].load(), "queue.element",
          "what comes out is not what went in");
}

const char* enqueue_all() {
  s->lock.lock();
  const bool full = is_full();
  if (!full) {
    enqueue(0);
    s->dequeue_turn.store(1);
  }
  s->lock.unlock();
  if (full) return "the queue is full";
  for (int turn = 1; turn < kSize; ++turn) {
    s->lock.lock();
    if (s->enqueue_turn.load() != 0 && !is_full()) {
      enqueue(turn);
      s->enqueue_turn.store(0);
      s->dequeue_turn.store(1);
    }
    s->lock.unlock();
  }
  return nullptr;
}

const char* dequeue_all() {
  for (int turn = 0; turn < kSize; ++turn) {
    s->lock.lock();
    if (s->dequeue_turn.load() != 0) {
      dequeue(turn);
      s->dequeue_turn.store(0);
      s->enqueue_turn.store(1);
    }
    s->lock.unlock();
  }
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "queue", .teams = {{1, 0}, {1, 1}}, .best = {"RFF", 1}, .budget = 100},
};

}  // namespace

constinit const Classic queue = {
    .name = "queue",
    .kinds = {"invariant"},
    .what = "two sides of a queue keep their notes by turns that they may not have taken",
    .fix = "the notes count elements",
    .source = "SCTBench CS/queue (Thomson, Donaldson, Betts, PPoPP 2014)",
    .begin = begin,
    .roles = {enqueue_all, dequeue_all},
    .finish = nullptr,
    .programs = kPrograms,
};

}  // namespace rw::classics
