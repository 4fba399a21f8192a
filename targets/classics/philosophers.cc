// philosophers: five sit at a round table, with a fork between any two.
//
//   1  each takes the fork on the left
//   2  each waits for the fork on the right
//
// Fix: the fork with the lower number first.
// Source: E. W. Dijkstra, "Hierarchical Ordering of Sequential Processes", Acta Informatica 1,
// 1971; SCTBench "CS/din_phil5".
#include <utility>

#include "targets/classics/classic.h"
#include "targets/classics/posix.h"

namespace rw::classics {
namespace {

constexpr unsigned kSeats = 5;

struct Table {
  mutex fork[kSeats];
};

Table* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::Table, "table", fork)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<Table>();
  s_planted = planted;
}

const char* eat() {
  unsigned first = sync::current_task() % kSeats;
  unsigned second = (first + 1) % kSeats;
  if (!s_planted && second < first) std::swap(first, second);
  s->fork[first].lock();
  s->fork[second].lock();
  s->fork[second].unlock();
  s->fork[first].unlock();
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "din_phil5", .teams = {{kSeats, 0}}, .best = {}, .budget = 5'000},
};

}  // namespace

constinit const Classic philosophers = {
    .name = "philosophers",
    .kinds = {"deadlock"},
    .what = "each philosopher takes the left fork and waits for the right one",
    .fix = "the fork with the lower number is taken first",
    .source = "Dijkstra, Acta Informatica 1, 1971; SCTBench CS/din_phil5",
    .begin = begin,
    .roles = {eat},
    .finish = nullptr,
    .programs = kPrograms,
};

}  // namespace rw::classics
