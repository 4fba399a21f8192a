// twostage: two values that belong together, each under a lock of its own.
//
//   1  one of many writers writes the first value under the first lock, and is stopped
//   2  no other writer has come to the second value yet
//   3  a reader reads both, each under its lock, and they do not belong together
//
// Fix: the first lock is held over both stages.
// Source: Artho, Havelund, Biere, "High-Level Data Races", 2003; SCTBench "CS/twostage_N": N - 1
// writers and one reader.
#include "targets/classics/classic.h"
#include "targets/classics/posix.h"

namespace rw::classics {
namespace {

struct TwoStage {
  mutex lock1;
  mutex lock2;
  plain_int value1{0};
  plain_int value2{0};
};

TwoStage* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::TwoStage, "twostage", lock1, lock2, value1, value2)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<TwoStage>();
  s_planted = planted;
}

void between_stages() {
  if (s_planted) s->lock1.unlock();
}
void after_stages() {
  if (!s_planted) s->lock1.unlock();
}

const char* write() {
  s->lock1.lock();
  s->value1.store(1);
  between_stages();
  s->lock2.lock();
  s->value2.store(s->value1.load() + 1);
  s->lock2.unlock();
  after_stages();
  return nullptr;
}

const char* read() {
  s->lock1.lock();
  const int value1 = s->value1.load();
  if (value1 == 0) {
    s->lock1.unlock();
    return "nothing is written";
  }
  between_stages();
  s->lock2.lock();
  const int value2 = s->value2.load();
  s->lock2.unlock();
  after_stages();
  require(value2 == value1 + 1, "twostage.value2", "the values do not belong together");
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "twostage", .teams = {{1, 0}, {1, 1}}, .best = {"PERIOD", 4}, .budget = 1'000},
    {.name = "twostage_20", .teams = {{19, 0}, {1, 1}}, .best = {"SURW", 6}, .budget = 10'000},
    {.name = "twostage_50", .teams = {{49, 0}, {1, 1}}, .best = {"SURW", 20}, .budget = 10'000},
    {.name = "twostage_100", .teams = {{99, 0}, {1, 1}}, .best = {"RFF", 56}, .budget = 10'000},
};

}  // namespace

constinit const Classic twostage = {
    .name = "twostage",
    .kinds = {"invariant"},
    .what = "two values that belong together are each under a lock of its own",
    .fix = "the first lock is held over both",
    .source = "Artho, Havelund, Biere, 2003; SCTBench CS/twostage",
    .begin = begin,
    .roles = {write, read},
    .finish = nullptr,
    .programs = kPrograms,
};

}  // namespace rw::classics
