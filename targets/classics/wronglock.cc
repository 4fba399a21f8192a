// wronglock: one counter under two locks.
//
//   1  T1, under lock A, reads the counter and writes it one higher
//   2  T2, under lock B, does the same in between
//   3  T1 does not find what it wrote
//
// Fix: one lock.
// Source: Farchi, Nir, Ur, "Concurrent Bug Patterns and How to Test Them", IPDPS 2003; SCTBench
// "CS/wronglock": one thread with A, seven with B; "wronglock_3": three with B.
#include "targets/classics/classic.h"
#include "targets/classics/posix.h"

namespace rw::classics {
namespace {

struct WrongLock {
  mutex a;
  mutex b;
  plain_int value{0};
};

WrongLock* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::WrongLock, "wronglock", a, b, value)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<WrongLock>();
  s_planted = planted;
}

void increment() {
  s->value.store(s->value.load() + 1);
}

const char* count_and_check() {
  s->a.lock();
  const int before = s->value.load();
  increment();
  require(s->value.load() == before + 1, "wronglock.value", "somebody else counts under the lock");
  s->a.unlock();
  return nullptr;
}

const char* count() {
  mutex& lock = s_planted ? s->b : s->a;
  lock.lock();
  increment();
  lock.unlock();
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "wronglock_3", .teams = {{1, 0}, {3, 1}}, .best = {"RFF", 1}, .budget = 1'000},
    {.name = "wronglock", .teams = {{1, 0}, {7, 1}}, .best = {"RFF", 1}, .budget = 1'000},
};

}  // namespace

constinit const Classic wronglock = {
    .name = "wronglock",
    .kinds = {"invariant"},
    .what = "one counter is counted under two locks",
    .fix = "it is counted under one",
    .source = "Farchi, Nir, Ur, IPDPS 2003; SCTBench CS/wronglock",
    .begin = begin,
    .roles = {count_and_check, count},
    .finish = nullptr,
    .programs = kPrograms,
};

}  // namespace rw::classics
