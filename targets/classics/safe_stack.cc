// safe_stack: a lock-free stack that takes an item's link away before it takes the item.
//
//   1  T1 reads the head, A, and takes A's link, which is B: nobody else can pop A meanwhile
//   2  ... except who took A's link before, found the head changed, and now puts it back
//   3  A, then B, are popped and pushed in another order; B is in use when A is the head again
//   4  T1's compare-and-exchange finds A and makes B the head: two tasks own B
//
// It takes three tasks and five preemptions. Played by threads that look at what they wrote into
// their item (role0: the assertion alone), or whose item is plain data under the race oracle
// (role1). Fix: the head carries a tag that every pop increments, and a pop leaves links alone.
// Source: D. Vyukov, "Bug with a context switch bound 5", CHESS forum, 2010; SCTBench "SafeStack":
// three items, three threads, two rounds.
#include "targets/classics/classic.h"

namespace rw::classics {
namespace {

constexpr int kItems = 3;
constexpr int kRounds = 2;
constexpr int kNone = -1;

struct SafeStack {
  sync::atomic<std::uint64_t> head{0};  // item in the low half, tag in the high one
  sync::atomic<int> count{kItems};      // a guess how many there are; orders nothing
  sync::atomic<int> next[kItems] = {1, 2, kNone};
  plain_int owner[kItems] = {0, 0, 0};
  sync::cell<int> value[kItems] = {0, 0, 0};
};

SafeStack* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::SafeStack, "safe_stack", head, count, next, owner, value)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<SafeStack>();
  s_planted = planted;
}

int item_of(std::uint64_t head) {
  return static_cast<int>(static_cast<std::uint32_t>(head));
}
std::uint64_t with_item(std::uint64_t head, int item, std::uint32_t tag_step) {
  const std::uint64_t tag = (head >> 32) + (s_planted ? 0 : tag_step);
  return tag << 32 | static_cast<std::uint32_t>(item);
}

// Returns an item for the caller alone, or kNone. The last one is never given out.
int pop() {
  while (s->count.load(sync::order::relaxed) > 1) {
    std::uint64_t head = s->head.load();
    const int item = item_of(head);
    const int next = s_planted ? s->next[item].exchange(kNone) : s->next[item].load();
    if (next >= 0) {
      if (s->head.compare_exchange_strong(head, with_item(head, next, 1))) {
        s->count.fetch_sub(1, sync::order::relaxed);
        return item;
      }
      if (s_planted) s->next[item].exchange(next);
    }
    sync::relax();
  }
  return kNone;
}

void push(int item) {
  std::uint64_t head = s->head.load();
  do {
    s->next[item].store(item_of(head));
  } while (!s->head.compare_exchange_strong(head, with_item(head, item, 0)));
  s->count.fetch_add(1, sync::order::relaxed);
}

int wait_for_item() {
  for (;;) {
    const int item = pop();
    if (item != kNone) return item;
    sync::relax();
  }
}

const char* use_and_check() {
  const int me = static_cast<int>(sync::current_task());
  for (int round = 0; round < kRounds; ++round) {
    const int item = wait_for_item();
    s->owner[item].store(me);
    require(s->owner[item].load() == me, "safe_stack.owner", "two tasks own one item");
    push(item);
  }
  return nullptr;
}

const char* use() {
  for (int round = 0; round < kRounds; ++round) {
    const int item = wait_for_item();
    s->value[item].set(round);
    push(item);
  }
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "safe_stack",
     .teams = {{3, 0}},
     .best = {.tool = "SURW", .schedules = 368'921, .found = 19},
     .budget = 2'000'000},
    {.name = "safe_stack_race",
     .teams = {{3, 1}},
     .best = {},  // all published ones are by assertion
     .budget = 2'000'000},
};

}  // namespace

constinit const Classic safe_stack = {
    .name = "safe_stack",
    .kinds = {"invariant", "data-race", "livelock"},
    .what = "a lock-free stack whose head cannot tell that it changed in between",
    .fix = "the head carries a tag",
    .source = "Vyukov, CHESS forum, 2010; SCTBench SafeStack",
    .begin = begin,
    .roles = {use_and_check, use},
    .finish = nullptr,
    .programs = kPrograms,
};

}  // namespace rw::classics
