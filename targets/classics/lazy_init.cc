// lazy_init: three threads under one lock, and an assertion that one order of them breaks.
//
//   1  T1 and T2 each add what they are to initialise the value with
//   2  T3 finds both sums in it
//
// Fix: who finds the value initialised leaves it alone.
// Source: SCTBench "CS/lazy01", from the ESBMC suite.
#include "targets/classics/classic.h"
#include "targets/classics/posix.h"

namespace rw::classics {
namespace {

struct LazyInit {
  mutex lock;
  plain_int value{0};
};

LazyInit* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::LazyInit, "lazy_init", lock, value)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<LazyInit>();
  s_planted = planted;
}

const char* initialise_with(int part) {
  s->lock.lock();
  if (s_planted || s->value.load() == 0) s->value.store(s->value.load() + part);
  s->lock.unlock();
  return nullptr;
}

const char* first() {
  return initialise_with(1);
}
const char* second() {
  return initialise_with(2);
}

const char* check() {
  s->lock.lock();
  require(s->value.load() < 3, "lazy_init.value", "the value was initialised twice");
  s->lock.unlock();
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "lazy01", .teams = {{1, 0}, {1, 1}, {1, 2}}, .best = {"SURW", 2}, .budget = 100},
};

}  // namespace

constinit const Classic lazy_init = {
    .name = "lazy_init",
    .kinds = {"invariant"},
    .what = "two threads initialise one value, and each adds its part",
    .fix = "the second finds it initialised",
    .source = "SCTBench CS/lazy01 (Thomson, Donaldson, Betts, PPoPP 2014)",
    .begin = begin,
    .roles = {first, second, check},
    .finish = nullptr,
    .programs = kPrograms,
};

}  // namespace rw::classics
