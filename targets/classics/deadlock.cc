// deadlock: two locks in two orders.
//
//   1  T1 takes A, T2 takes B
//   2  T1 waits for B, T2 for A
//
// Fix: one order.
// Source: Coffman, Elphick, Shoshani, "System Deadlocks", ACM Computing Surveys 3(2), 1971;
// SCTBench "CS/deadlock01".
#include "targets/classics/classic.h"
#include "targets/classics/posix.h"

namespace rw::classics {
namespace {

struct Deadlock {
  mutex a;
  mutex b;
  plain_int counter{1};
};

Deadlock* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::Deadlock, "deadlock", a, b, counter)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<Deadlock>();
  s_planted = planted;
}

void up_and_down(mutex& outer, mutex& inner) {
  outer.lock();
  s->counter.store(s->counter.load() + 1);
  inner.lock();
  s->counter.store(s->counter.load() - 1);
  inner.unlock();
  outer.unlock();
}

const char* a_then_b() {
  up_and_down(s->a, s->b);
  return nullptr;
}

const char* b_then_a() {
  if (s_planted)
    up_and_down(s->b, s->a);
  else
    up_and_down(s->a, s->b);
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "deadlock01", .teams = {{1, 0}, {1, 1}}, .best = {"QL", 1}, .budget = 200},
};

}  // namespace

constinit const Classic deadlock = {
    .name = "deadlock",
    .kinds = {"deadlock"},
    .what = "two locks are taken in two orders",
    .fix = "they are taken in one",
    .source = "Coffman, Elphick, Shoshani, 1971; SCTBench CS/deadlock01",
    .begin = begin,
    .roles = {a_then_b, b_then_a},
    .finish = nullptr,
    .programs = kPrograms,
};

}  // namespace rw::classics
