// carter: two classes share a resource lock, and count themselves under one mutex.
//
//   1  T1, the first of class A, takes the resource and goes to work
//   2  T2, the first of class B, holds the mutex and waits for the resource
//   3  T1 wants to give the resource back, for which it needs the mutex
//
// Fix: each class counts under a mutex of its own.
// Source: SCTBench "CS/carter01" (Thomson, Donaldson, Betts, PPoPP 2014): two threads of
// the classes, two that do nothing.
#include "targets/classics/classic.h"
#include "targets/classics/posix.h"

namespace rw::classics {
namespace {

struct Carter {
  mutex counting[2];
  mutex resource;
  plain_int inside[2] = {0, 0};
  once played[2];
};

Carter* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::Carter, "carter", counting, resource, inside)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<Carter>();
  s_planted = planted;
}

// One member of class `c`: who gives the resource back must be who took it.
const char* work(unsigned c) {
  if (!s->played[c].first()) return "the class has its member";
  mutex& counting = s->counting[s_planted ? 0 : c];
  counting.lock();
  s->inside[c].store(s->inside[c].load() + 1);
  if (s->inside[c].load() == 1) s->resource.lock();
  counting.unlock();
  counting.lock();
  s->inside[c].store(s->inside[c].load() - 1);
  if (s->inside[c].load() == 0) s->resource.unlock();
  counting.unlock();
  return nullptr;
}

const char* class_a() {
  return work(0);
}
const char* class_b() {
  return work(1);
}
const char* nothing() {
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "carter01", .teams = {{1, 0}, {1, 1}, {2, 2}}, .best = {"QL", 1}, .budget = 500},
};

}  // namespace

constinit const Classic carter = {
    .name = "carter",
    .kinds = {"deadlock"},
    .what = "a resource is waited for under the mutex that giving it back needs",
    .fix = "each class counts under a mutex of its own",
    .source = "SCTBench CS/carter01 (Thomson, Donaldson, Betts, PPoPP 2014)",
    .begin = begin,
    .roles = {class_a, class_b, nothing},
    .finish = nullptr,
    .programs = kPrograms,
};

}  // namespace rw::classics
