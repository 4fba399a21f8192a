// double_checked: a singleton is published before what is in it.
//
//   1  T1 finds no instance, takes the lock, fills one in and publishes it, by a plain store
//   2  T2 finds the instance without the lock, and reads a field as it was before
//
// Shows under weak memory only. Fix: publish with release, look with acquire.
// Source: Bacon et al., "The 'Double-Checked Locking is Broken' Declaration", 2000; Meyers and
// Alexandrescu, "C++ and the Perils of Double-Checked Locking", Dr. Dobb's Journal, 2004.
#include "targets/classics/classic.h"
#include "targets/classics/posix.h"

namespace rw::classics {
namespace {

constexpr int kValue = 42;

struct Singleton {
  sync::atomic<int> field{0};
};

struct DoubleChecked {
  mutex lock;
  sync::atomic<Singleton*> instance{nullptr};
};

DoubleChecked* s;
Singleton* s_memory;  // of the one instance
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::Singleton, "singleton", field)
RW_TYPE_NAMED(rw::classics::DoubleChecked, "double_checked", lock, instance)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<DoubleChecked>();
  s_memory = sync::make<Singleton>();
  s_planted = planted;
}

Singleton* instance() {
  const auto looked = s_planted ? sync::order::relaxed : sync::order::acquire;
  const auto published = s_planted ? sync::order::relaxed : sync::order::release;
  Singleton* one = s->instance.load(looked);
  if (one != nullptr) return one;
  s->lock.lock();
  one = s->instance.load(sync::order::relaxed);
  if (one == nullptr) {
    one = s_memory;
    one->field.store(kValue, sync::order::relaxed);
    s->instance.store(one, published);
  }
  s->lock.unlock();
  return one;
}

const char* use() {
  require(instance()->field.load(sync::order::relaxed) == kValue, "singleton.field",
          "the instance is used before it is filled in");
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "double_checked", .teams = {{2, 0}}, .best = {}, .budget = 5'000},
};

}  // namespace

constinit const Classic double_checked = {
    .name = "double_checked",
    .kinds = {"invariant"},
    .what = "double-checked locking that publishes the instance by a plain store",
    .fix = "release on publishing, acquire on looking",
    .source = "Bacon et al., 2000; Meyers, Alexandrescu, 2004",
    .begin = begin,
    .roles = {use},
    .finish = nullptr,
    .programs = kPrograms,
    .memory = "weak",
};

}  // namespace rw::classics
