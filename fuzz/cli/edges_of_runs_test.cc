// The edges that pictures draw against the vector clocks of real runs: all of the happens-before
// order between tasks, and nothing else.
#include <gtest/gtest.h>

#include <filesystem>

#include "fuzz/engine/run.h"
#include "fuzz/program/text.h"
#include "fuzz/report/edges.h"

namespace rw::cli {
namespace {

using report::Edge;

constexpr std::size_t kNone = ~std::size_t{0};

// For each event and task the last event of that task that it comes after, by edges and the
// tasks' own order.
std::vector<std::array<std::size_t, exec::kMaxTasks>> reachable(const exec::Trace& trace,
                                                                const std::vector<Edge>& edges) {
  std::vector<std::array<std::size_t, exec::kMaxTasks>> all(trace.events.size());
  std::array<std::array<std::size_t, exec::kMaxTasks>, exec::kMaxTasks> now{};
  for (auto& task : now) task.fill(kNone);
  std::size_t next = 0;
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    const exec::Event& e = trace.events[i];
    if (e.phase != 1) continue;
    for (; next < edges.size() && edges[next].to == i; ++next) {
      for (unsigned u = 0; u < exec::kMaxTasks; ++u) {
        const std::size_t by = all[edges[next].from][u];
        std::size_t& known = now[e.task][u];
        if (by != kNone && (known == kNone || known < by)) known = by;
      }
    }
    now[e.task][e.task] = i;
    all[i] = now[e.task];
  }
  return all;
}

struct Difference {
  std::size_t missing = 0, wrong = 0, pairs = 0;
};

// Pairs of events (a before b, of two tasks) that edges and clocks judge differently. An event's
// clock is that behind it, so what it did itself carries a time between the event's before and its
// own.
Difference compare(const exec::Trace& trace, const std::vector<Edge>& edges) {
  Difference difference;
  const auto known = reachable(trace, edges);
  std::vector<std::uint32_t> before(trace.events.size());
  std::array<std::uint32_t, exec::kMaxTasks> last{};
  for (std::size_t b = 0; b < trace.events.size(); ++b) {
    const exec::Event& to = trace.events[b];
    if (to.phase != 1) continue;
    before[b] = last[to.task] != 0 ? last[to.task] : to.clock[to.task];
    last[to.task] = to.clock[to.task];
    for (std::size_t a = 0; a < b; ++a) {
      const exec::Event& from = trace.events[a];
      if (from.phase != 1 || from.task == to.task) continue;
      const std::size_t reached = known[b][from.task];
      const bool by_edges = reached != kNone && reached >= a;
      ++difference.pairs;
      if (!by_edges && from.clock[from.task] <= to.clock[from.task]) ++difference.missing;
      if (by_edges && before[a] > to.clock[from.task]) ++difference.wrong;
    }
  }
  return difference;
}

TEST(EdgesOfRuns, AreAllOfHappensBeforeAndNothingElse) {
  std::size_t edges_seen = 0, files = 0;
  const std::string tree = RACEWALK_SOURCE_DIR;
  for (const char* folder : {"/repro/mm", "/repro/puzzles"})
    for (const auto& entry : std::filesystem::directory_iterator(tree + folder)) {
      const auto program = program::load(entry.path().string());
      ASSERT_TRUE(program) << entry.path();
      const exec::Result result = engine::run(program.value(), {.record_trace = true});
      if (result.trace.events.size() > 5000) continue;  // a livelock: all pairs would take minutes
      const std::vector<Edge> edges = report::edges_of(result.trace);
      const Difference difference = compare(result.trace, edges);
      EXPECT_EQ(difference.missing, 0u) << entry.path() << ", of " << difference.pairs;
      EXPECT_EQ(difference.wrong, 0u) << entry.path() << ", of " << difference.pairs;
      edges_seen += edges.size();
      ++files;
    }
  EXPECT_GT(files, 100u);
  EXPECT_GT(edges_seen, files);
}

TEST(EdgesOfRuns, AnEdgeTooFewOrTooManyIsSeen) {
  const auto program =
      program::load(std::string(RACEWALK_SOURCE_DIR) + "/repro/mm/12-register-narrow-lock.race");
  ASSERT_TRUE(program);
  const exec::Result result = engine::run(program.value(), {.record_trace = true});
  std::vector<Edge> edges = report::edges_of(result.trace);
  ASSERT_GT(edges.size(), 1u);
  const Edge removed = edges.back();
  edges.pop_back();
  EXPECT_GT(compare(result.trace, edges).missing, 0u);
  edges.push_back(removed);
  // From the last event of the one task to the end of the other.
  const std::size_t last = result.trace.events.size() - 1;
  std::size_t other = last;
  while (result.trace.events[other].task == result.trace.events[last].task) --other;
  edges.push_back({other, last, ""});
  EXPECT_GT(compare(result.trace, edges).wrong, 0u);
}

}  // namespace
}  // namespace rw::cli
