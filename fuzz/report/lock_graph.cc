#include "fuzz/report/lock_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <deque>
#include <map>
#include <set>

#include "fuzz/exec/strategy.h"
#include "fuzz/report/values.h"

namespace rw::report {

namespace {

using exec::Event;
using exec::EventKind;
using exec::Failure;
using exec::Trace;

class GraphBuilder {
 public:
  GraphBuilder(const Trace& trace, const Failure* failure) : trace_(trace), failure_(failure) {
    by_kind_ = failure == nullptr || failure->kind != "deadlock";
  }

  LockGraph build() {
    for (std::size_t i = 0; i < trace_.events.size(); ++i) event(i);
    if (failure_ != nullptr) add_refused();
    mark_cycles();
    return std::move(graph_);
  }

 private:
  struct Task {
    std::vector<std::string> held;
    std::vector<std::size_t> open;  // operation_begin events that have not ended
  };

  void event(std::size_t i) {
    const Event& e = trace_.events[i];
    Task& task = tasks_[e.task];
    if (e.kind == EventKind::operation_begin) task.open.push_back(i);
    if (e.kind == EventKind::operation_end && !task.open.empty()) task.open.pop_back();
    if (e.kind == EventKind::acquired) {
      add(i, e.object, false);
      task.held.push_back(e.object);
    }
    if (e.kind == EventKind::released) {
      const auto held = std::find(task.held.rbegin(), task.held.rend(), e.object);
      if (held != task.held.rend()) task.held.erase(std::next(held).base());
    }
  }

  void add(std::size_t at, const std::string& inner, bool refused) {
    const Event& e = trace_.events[at];
    for (const std::string& outer : tasks_[e.task].held) {
      // Of a lock that is refused the message says which held one it goes against.
      if (refused && by_kind_ && !mentions(failure_->message, outer)) continue;
      LockOrder order;
      order.outer = by_kind_ ? kind_of_lock(outer) : outer;
      order.inner = by_kind_ ? kind_of_lock(inner) : inner;
      if (!refused && !seen_.insert({order.outer, order.inner, e.where.function}).second) continue;
      order.outer_lock = outer;
      order.inner_lock = inner;
      order.who = e.phase == 0   ? "Set-up"
                  : e.phase == 2 ? "The final checks"
                                 : fmt::format("T{}", e.task);
      order.where = e.where;
      order.step = e.step;
      order.event = at;
      order.refused = refused;
      graph_.orders.push_back(std::move(order));
    }
  }

  // What the tasks were about to take when it failed.
  void add_refused() {
    if (failure_->kind != "lock-order" && failure_->kind != "deadlock") return;
    for (unsigned t = 0; t < exec::kMaxTasks; ++t) {
      if (tasks_[t].open.empty() || (by_kind_ && t != failure_->task)) continue;
      const std::size_t at = tasks_[t].open.back();
      const std::string& lock = trace_.events[at].object;
      if (mentions(failure_->message, lock)) add(at, lock, true);
    }
  }

  // For each refused lock the shortest way back from it to what is held. In a deadlock only what
  // is waited for now holds anybody up.
  void mark_cycles() {
    for (std::size_t i = 0; i < graph_.orders.size(); ++i) {
      if (!graph_.orders[i].refused) continue;
      const LockOrder& refused = graph_.orders[i];
      std::map<std::string, std::size_t> came_by;  // node -> order that led there
      std::deque<std::string> queue = {refused.inner};
      while (!queue.empty() && queue.front() != refused.outer) {
        for (std::size_t k = 0; k < graph_.orders.size(); ++k) {
          const LockOrder& order = graph_.orders[k];
          if (order.outer != queue.front() || order.inner == refused.inner || k == i) continue;
          if (!by_kind_ && !order.refused) continue;
          if (came_by.emplace(order.inner, k).second) queue.push_back(order.inner);
        }
        queue.pop_front();
      }
      if (queue.empty()) continue;
      graph_.has_cycle = graph_.orders[i].in_cycle = true;
      for (std::string at = refused.outer; at != refused.inner;) {
        LockOrder& order = graph_.orders[came_by.at(at)];
        order.in_cycle = true;
        at = order.outer;
      }
    }
  }

  const Trace& trace_;
  const Failure* failure_;
  bool by_kind_ = true;
  Task tasks_[exec::kMaxTasks];
  std::set<std::tuple<std::string, std::string, std::string>> seen_;
  LockGraph graph_;
};

}  // namespace

LockGraph lock_graph(const Trace& trace, const Failure* failure) {
  return GraphBuilder(trace, failure).build();
}

std::string kind_of_lock(const std::string& lock) {
  const std::size_t hash = lock.find('#');
  if (hash == std::string::npos) return lock;
  std::size_t end = hash + 1;
  while (end < lock.size() && std::isdigit(static_cast<unsigned char>(lock[end])) != 0) ++end;
  return lock.substr(0, hash) + lock.substr(end);
}

}  // namespace rw::report
