#include "fuzz/report/edges.h"

#include <gtest/gtest.h>

#include "fuzz/report/story.h"

namespace rw::report {
namespace {

using exec::EventKind;

// A story whose events carry clocks.
struct Told : Story {
  std::size_t at(EventKind kind, unsigned task, const std::string& object, memory::Clock clock) {
    event(kind, task, object).clock = clock;
    return trace.events.size() - 1;
  }
};

TEST(Edges, AnUnlockAndTheNextLockAreAnEdge) {
  Told s;
  s.at(EventKind::op_begin, 0, "", {1, 0});
  s.at(EventKind::op_begin, 1, "", {0, 1});
  const std::size_t unlock = s.at(EventKind::store, 0, "x#1.lock", {2, 0});
  s.at(EventKind::load, 1, "x#1.other", {0, 1});
  const std::size_t lock = s.at(EventKind::rmw, 1, "x#1.lock", {1, 1});
  const std::vector<Edge> edges = edges_of(s.trace);
  ASSERT_EQ(edges.size(), 1u);
  EXPECT_EQ(edges[0].from, unlock);
  EXPECT_EQ(edges[0].to, lock);
  EXPECT_EQ(edges[0].over, "x#1.lock");
}

TEST(Edges, ARelaxedReadIsNone) {
  Told s;
  s.at(EventKind::op_begin, 0, "", {1, 0});
  s.at(EventKind::op_begin, 1, "", {0, 1});
  s.at(EventKind::store, 0, "x#1.flag", {2, 0});
  s.at(EventKind::load, 1, "x#1.flag", {0, 1});
  EXPECT_TRUE(edges_of(s.trace).empty());
}

TEST(Edges, WhatFollowsFromAnotherEdgeIsLeftOut) {
  Told s;
  for (unsigned t = 0; t < 3; ++t) {
    memory::Clock clock{};
    clock[t] = 1;
    s.at(EventKind::op_begin, t, "", clock);
  }
  s.at(EventKind::store, 0, "x#1.a", {2, 0, 0});
  const std::size_t first = s.at(EventKind::rmw, 1, "x#1.a", {1, 1, 0});
  const std::size_t release = s.at(EventKind::store, 1, "x#1.b", {1, 2, 0});
  const std::size_t second = s.at(EventKind::rmw, 2, "x#1.b", {1, 1, 1});
  const std::vector<Edge> edges = edges_of(s.trace);
  ASSERT_EQ(edges.size(), 2u) << "T2 has learnt of T0 by way of T1 only";
  EXPECT_EQ(edges[0].to, first);
  EXPECT_EQ(edges[1].from, release);
  EXPECT_EQ(edges[1].to, second);
}

TEST(Edges, ADeclaredReleaseBelongsToTheEventBefore) {
  Told s;
  s.at(EventKind::op_begin, 0, "", {1, 0});
  s.at(EventKind::op_begin, 1, "", {0, 1});
  const std::size_t before = s.at(EventKind::note, 0, "", {1, 0});
  s.trace.events.back().operation = "rcu_read_unlock";
  s.at(EventKind::load, 0, "x#1.next", {2, 0});
  s.at(EventKind::note, 1, "", {1, 1});
  const std::vector<Edge> edges = edges_of(s.trace);
  ASSERT_EQ(edges.size(), 1u);
  EXPECT_EQ(edges[0].from, before);
  EXPECT_EQ(edges[0].over, "rcu_read_unlock");
}

}  // namespace
}  // namespace rw::report
