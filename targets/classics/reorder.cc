// reorder: two writes that a reader must see both or not at all.
//
//   1  one of many setters writes a, and is stopped
//   2  no other setter has come to b yet
//   3  the checker sees a written and b not
//
// The more setters, the rarer: each of them must stand still between its two writes, or before
// them. Fix: a lock around both writes and around both reads.
// Source: SCTBench "CS/reorder_N" (Thomson, Donaldson, Betts, PPoPP 2014), from the ESBMC suite;
// N - 1 setters and one checker.
#include "targets/classics/classic.h"
#include "targets/classics/posix.h"

namespace rw::classics {
namespace {

struct Reorder {
  mutex lock;  // the fixed twin's
  plain_int a{0};
  plain_int b{0};
};

Reorder* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::Reorder, "reorder", lock, a, b)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<Reorder>();
  s_planted = planted;
}

const char* set() {
  if (!s_planted) s->lock.lock();
  s->a.store(1);
  s->b.store(-1);
  if (!s_planted) s->lock.unlock();
  return nullptr;
}

const char* check() {
  if (!s_planted) s->lock.lock();
  const bool neither = s->a.load() == 0 && s->b.load() == 0;
  require(neither || (s->a.load() == 1 && s->b.load() == -1), "reorder.b", "a is set, b is not");
  if (!s_planted) s->lock.unlock();
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "reorder_3", .teams = {{2, 0}, {1, 1}}, .best = {"PERIOD", 6}, .budget = 1'000},
    {.name = "reorder_4", .teams = {{3, 0}, {1, 1}}, .best = {"RFF", 6}, .budget = 1'000},
    {.name = "reorder_5", .teams = {{4, 0}, {1, 1}}, .best = {"RFF", 6}, .budget = 1'000},
    {.name = "reorder_10", .teams = {{9, 0}, {1, 1}}, .best = {"RFF", 6}, .budget = 10'000},
    {.name = "reorder_20", .teams = {{19, 0}, {1, 1}}, .best = {"RFF", 6}, .budget = 10'000},
    {.name = "reorder_50", .teams = {{49, 0}, {1, 1}}, .best = {"RFF", 6}, .budget = 10'000},
    {.name = "reorder_100", .teams = {{99, 0}, {1, 1}}, .best = {"RFF", 6}, .budget = 10'000},
};

}  // namespace

constinit const Classic reorder = {
    .name = "reorder",
    .kinds = {"invariant"},
    .what = "a reader comes between the two writes of a writer",
    .fix = "writers and readers hold a lock",
    .source = "SCTBench CS/reorder_N (Thomson, Donaldson, Betts, PPoPP 2014)",
    .begin = begin,
    .roles = {set, check},
    .finish = nullptr,
    .programs = kPrograms,
};

}  // namespace rw::classics
