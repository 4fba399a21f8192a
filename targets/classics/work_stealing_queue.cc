// work_stealing_queue: the owner takes the last item without competing for it.
//
//   1  T1, a thief, reads top, and that there is an item below bottom
//   2  T0, the owner, lowers bottom, sees that this is the last item, and takes it
//   3  T1 moves top on and has the same item
//
// Fix: for the last item the owner moves top on as a thief does.
// Source: Chase and Lev, "Dynamic Circular Work-Stealing Deque", SPAA 2005; the shape is that of
// the work-stealing queues of Leijen's that CHESS found its bugs in (Musuvathi et al., OSDI 2008).
#include "targets/classics/classic.h"

namespace rw::classics {
namespace {

constexpr int kCapacity = 32;  // items pushed, ever
constexpr int kNone = -1;
constexpr int kRounds = 2;
constexpr int kPushes = 2;

struct WorkStealingQueue {
  sync::atomic<int> top{0};
  sync::atomic<int> bottom{0};
  sync::ghost<int> taken[kCapacity];  // the item at place n
  seats<1> owner;
};

WorkStealingQueue* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::WorkStealingQueue, "work_stealing_queue", top, bottom)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<WorkStealingQueue>();
  s_planted = planted;
}

void take(int item) {
  require(s->taken[item].add(1) == 1, "work_stealing_queue.top", "an item is taken twice");
}

// A place that was stolen from is never used again; an item that was popped leaves its place to the
// next, which is then another item.
bool push() {
  const int bottom = s->bottom.load();
  if (bottom == kCapacity) return false;
  s->taken[bottom].set(0);
  s->bottom.store(bottom + 1);
  return true;
}

int pop() {
  const int bottom = s->bottom.load() - 1;
  s->bottom.store(bottom);
  int top = s->top.load();
  if (top < bottom) return bottom;
  int item = kNone;
  if (top == bottom) {
    const bool mine = s_planted || s->top.compare_exchange_strong(top, top + 1);
    if (s_planted) s->top.store(top + 1);
    if (mine) item = bottom;
  }
  s->bottom.store(bottom + 1);
  return item;
}

int steal() {
  int top = s->top.load();
  if (top >= s->bottom.load()) return kNone;
  return s->top.compare_exchange_strong(top, top + 1) ? top : kNone;
}

const char* own() {
  if (s->owner.mine() == seats<1>::kNone) return "the queue has an owner";
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kPushes; ++i)
      if (!push()) return "the queue is full";
    for (int i = 0; i < kPushes; ++i) {
      const int item = pop();
      if (item != kNone) take(item);
    }
  }
  return nullptr;
}

const char* steal_two() {
  for (int i = 0; i < 2; ++i) {
    const int item = steal();
    if (item != kNone) take(item);
  }
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "work_stealing_queue", .teams = {{1, 1}}, .main = 0, .best = {}, .budget = 5'000},
};

}  // namespace

constinit const Classic work_stealing_queue = {
    .name = "work_stealing_queue",
    .kinds = {"invariant"},
    .what = "the owner of a queue takes the last item without competing for it with the thieves",
    .fix = "it competes",
    .source = "Chase, Lev, SPAA 2005; Musuvathi et al., OSDI 2008",
    .begin = begin,
    .roles = {own, steal_two},
    .finish = nullptr,
    .programs = kPrograms,
};

}  // namespace rw::classics
