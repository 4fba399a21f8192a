#include "fuzz/report/edges.h"

#include <algorithm>
#include <optional>

#include "fuzz/exec/strategy.h"
#include "fuzz/sync/check.h"

namespace rw::report {

namespace {

using exec::Event;
using exec::EventKind;
using exec::kMaxTasks;
using exec::kParallel;

bool can_release(const Event& e) {
  return e.kind == EventKind::store || e.kind == EventKind::rmw || e.kind == EventKind::fence;
}

class Finder {
 public:
  explicit Finder(const exec::Trace& trace) : trace_(trace) {}

  std::vector<Edge> find() {
    for (std::size_t i = 0; i < trace_.events.size(); ++i)
      if (trace_.events[i].phase == kParallel) event(i);
    return std::move(edges_);
  }

 private:
  struct Task {
    std::vector<std::size_t> events;
    memory::Clock known{};
  };

  void event(std::size_t i) {
    const Event& e = trace_.events[i];
    Task& task = tasks_[e.task];
    // What is known at the first event was known before the tasks began.
    if (!task.events.empty()) learn(i, task);
    task.known = e.clock;
    task.events.push_back(i);
  }

  // Each entry that has grown since the task's last event came by an edge, of its task or of one
  // that knew of it.
  void learn(std::size_t i, const Task& task) {
    const Event& e = trace_.events[i];
    std::optional<std::size_t> source[kMaxTasks];
    for (unsigned u = 0; u < kMaxTasks; ++u)
      if (u != e.task && e.clock[u] > task.known[u]) source[u] = release_of(u, e.clock[u]);
    for (unsigned u = 0; u < kMaxTasks; ++u) {
      if (!source[u]) continue;
      const bool follows = std::any_of(source, source + kMaxTasks, [&](const auto& other) {
        return other && trace_.events[*other].task != u &&
               trace_.events[*other].clock[u] >= e.clock[u];
      });
      if (!follows) edges_.push_back({*source[u], i, carrier(trace_.events[*source[u]], e)});
    }
  }

  // The event of task `u` that released what it had done up to its clock `c`. A store is recorded
  // when the clock has gone on; a release that is no event of its own belongs to the one before.
  std::optional<std::size_t> release_of(unsigned u, std::uint32_t c) const {
    const std::vector<std::size_t>& events = tasks_[u].events;
    const auto after = std::partition_point(events.begin(), events.end(), [&](std::size_t at) {
      return trace_.events[at].clock[u] <= c;
    });
    if (after != events.end() && can_release(trace_.events[*after])) return *after;
    if (after == events.begin()) return std::nullopt;
    return *std::prev(after);
  }

  static std::string carrier(const Event& from, const Event& to) {
    if (!from.object.empty()) return from.object;
    if (!to.object.empty()) return to.object;
    return !from.operation.empty() ? from.operation : to.operation;
  }

  const exec::Trace& trace_;
  Task tasks_[kMaxTasks];
  std::vector<Edge> edges_;
};

}  // namespace

std::vector<Edge> edges_of(const exec::Trace& trace) {
  return Finder(trace).find();
}

}  // namespace rw::report
