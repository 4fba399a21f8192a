// bluetooth_driver: a request enters a driver that is being stopped.
//
//   1  T0, a request, sees that the driver is not stopping
//   2  T1 says that it is stopping, gives up its own count and finds none left: the driver stops
//   3  T0 counts itself in and works on a stopped driver
//
// Fix: count in first, then look, and count out again if it is stopping.
// Source: Qadeer and Wu, "KISS: Keep It Simple and Sequential", PLDI 2004; SCTBench
// "CS/bluetooth_driver".
#include "targets/classics/classic.h"

namespace rw::classics {
namespace {

struct Driver {
  sync::atomic<int> pending{1};  // requests inside, and one for the driver itself
  plain_int stopping{0};
  plain_int none_left{0};  // the event that the stop waits for
  plain_int stopped{0};
  once stops;
};

Driver* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::Driver, "driver", pending, stopping, none_left, stopped)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<Driver>();
  s_planted = planted;
}

void leave() {
  if (s->pending.fetch_sub(1) == 1) s->none_left.store(1);
}

// Returns whether the driver may be used until leave().
bool enter() {
  if (s_planted) {
    if (s->stopping.load() != 0) return false;
    s->pending.fetch_add(1);
    return true;
  }
  s->pending.fetch_add(1);
  if (s->stopping.load() == 0) return true;
  leave();
  return false;
}

const char* request() {
  if (!enter()) return "the driver is stopping";
  require(s->stopped.load() == 0, "driver.stopped", "a request is inside a stopped driver");
  leave();
  return nullptr;
}

const char* stop() {
  if (!s->stops.first()) return "the driver is stopped once";
  s->stopping.store(1);
  leave();
  if (s->none_left.load() != 0) s->stopped.store(1);
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "bluetooth_driver",
     .teams = {{1, 1}},
     .main = 0,
     .best = {"PERIOD", 9},
     .budget = 1'000},
};

}  // namespace

constinit const Classic bluetooth_driver = {
    .name = "bluetooth_driver",
    .kinds = {"invariant"},
    .what = "a request looks whether the driver stops before it counts itself in",
    .fix = "it counts itself in first",
    .source = "Qadeer, Wu: KISS, PLDI 2004; SCTBench CS/bluetooth_driver",
    .begin = begin,
    .roles = {request, stop},
    .finish = nullptr,
    .programs = kPrograms,
};

}  // namespace rw::classics
