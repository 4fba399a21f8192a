#include "fuzz/report/stops.h"

#include <gtest/gtest.h>

namespace rw::report {
namespace {

using exec::Event;
using exec::EventKind;

Event event(unsigned task, unsigned step, EventKind kind, const std::string& object,
            const std::string& function, unsigned line) {
  Event e;
  e.task = static_cast<std::uint8_t>(task);
  e.phase = 1;
  e.step = step;
  e.kind = kind;
  e.object = object;
  e.where = {"x.cc", function, line};
  return e;
}

exec::Failure failure(const std::string& kind, std::vector<std::string> parts,
                      const std::string& message, unsigned task, unsigned step) {
  exec::Failure f;
  f.kind = kind;
  f.parts = std::move(parts);
  f.message = message;
  f.task = task;
  f.step = step;
  f.where = {"x.cc", "use", 99};
  f.tasks.resize(2);
  f.tasks[1].task = 1;
  for (exec::TaskStatus& status : f.tasks) status.state = "can run";
  return f;
}

TEST(Stops, ARaceHasTheOtherTasksAccessThatTheKeyNames) {
  exec::Trace trace;
  trace.events = {event(1, 1, EventKind::plain_write, "a#0.x", "set", 10),
                  event(1, 2, EventKind::plain_read, "a#0.x", "peek", 20),
                  event(0, 3, EventKind::plain_read, "a#0.x", "set", 10),
                  event(1, 4, EventKind::plain_write, "a#1.x", "set", 10)};
  const auto f = failure("data-race", {"a.x", "set", "use"},
                         "a#0.x: written by T1 in set, and used by T0 in use", 0, 4);
  const auto stops = stops_of(trace, f);
  ASSERT_EQ(stops.size(), 1U);
  EXPECT_EQ(stops[0].event, 1U);
  EXPECT_EQ(stops[0].what, "writes a#0.x");
  EXPECT_EQ(failing_in_words(trace, f), "uses a#0.x");
}

TEST(Stops, AUseAfterFreeHasTheFreeWhicheverTaskMadeIt) {
  exec::Trace trace;
  trace.events = {event(1, 1, EventKind::store, "a#0.y", "put", 10),
                  event(0, 2, EventKind::died, "a#0.x", "put", 11),
                  event(1, 3, EventKind::load, "b#0.y", "get", 12)};
  const auto stops =
      stops_of(trace, failure("use-after-free", {"a", "put", "use"},
                              "a#0.y: freed by T0 in put, and used by T0 in use", 0, 3));
  ASSERT_EQ(stops.size(), 1U);
  EXPECT_EQ(stops[0].what, "frees a#0");
}

// An unordered free is the failing step itself, and the last event.
TEST(Stops, AFreeThatFailsHasTheUseBeforeIt) {
  exec::Trace trace;
  trace.events = {event(1, 1, EventKind::load, "a#0.y", "get", 10),
                  event(0, 2, EventKind::died, "a#0.y", "use", 99)};
  const auto f = failure("use-after-free", {"a", "use", "get"},
                         "a#0.y: used by T1 in get, and freed by T0 in use", 0, 2);
  const auto stops = stops_of(trace, f);
  ASSERT_EQ(stops.size(), 1U);
  EXPECT_EQ(stops[0].event, 1U);
  EXPECT_EQ(failing_in_words(trace, f), "frees a#0");
}

TEST(Stops, ADeadlockHasEachWaitInTheOrderTheyCame) {
  exec::Trace trace;
  trace.events = {event(1, 1, EventKind::acquired, "l#0.a", "lock", 10),
                  event(1, 2, EventKind::wait, "l#0.b", "lock", 11),
                  event(0, 3, EventKind::wait, "l#0.a", "lock", 12)};
  const auto stops =
      stops_of(trace, failure("deadlock", {"lock l.a", "lock l.b"}, "T0 waits; T1 waits", 0, 3));
  ASSERT_EQ(stops.size(), 2U);
  EXPECT_EQ(stops[0].event, 2U);
  EXPECT_EQ(stops[1].what, "waits on l#0.a");
}

TEST(Stops, AnOraclesFailureHasWhatAnotherTaskDidToWhatItSpeaksOf) {
  exec::Trace trace;
  trace.events = {event(1, 1, EventKind::store, "page#12.flags", "f", 10),
                  event(1, 2, EventKind::store, "page#1.flags", "f", 10),
                  event(1, 3, EventKind::store, "page#12.flags", "f", 10),
                  event(0, 4, EventKind::store, "page#1.flags", "f", 10)};
  const auto stops =
      stops_of(trace, failure("stale-tlb", {"zap"}, "page#1 is mapped, freed", 0, 4));
  ASSERT_EQ(stops.size(), 1U);
  EXPECT_EQ(stops[0].event, 2U);
  trace.events.pop_back();  // T0 has touched nothing
  EXPECT_TRUE(stops_of(trace, failure("invariant", {"x"}, "seven is not eight", 0, 4)).empty());
}

}  // namespace
}  // namespace rw::report
