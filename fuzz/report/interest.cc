#include "fuzz/report/interest.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "fuzz/exec/strategy.h"
#include "fuzz/report/values.h"
#include "fuzz/verdict/key.h"

namespace rw::report {

namespace {

using exec::Event;
using exec::EventKind;
using exec::Failure;
using exec::kParallel;
using exec::kSetup;
using exec::Trace;

// An access decides if the failure speaks of its place (by name in the message, by field in the
// key) and, if the key names functions, of its function. Of several by one task in one function to
// one place only the last counts.
void find_deciding(const Trace& trace, const Failure& failure, std::vector<Interest>& interest) {
  std::set<std::string> parts;
  for (const std::string& part : failure.parts) parts.insert(verdict::normalise(part));
  const auto names_function = [&](const Event& e) {
    return parts.contains(verdict::normalise(e.where.function));
  };
  const bool by_function = std::any_of(trace.events.begin(), trace.events.end(), names_function);
  std::set<std::pair<unsigned, std::string>> seen;
  for (std::size_t i = trace.events.size(); i-- > 0;) {
    const Event& e = trace.events[i];
    if (e.phase == kSetup || !is_access(e)) continue;
    const bool place =
        mentions(failure.message, e.object) || parts.contains(verdict::normalise(e.object));
    if (!place || (by_function && !names_function(e))) continue;
    if (seen.emplace(e.task, e.object + " " + e.where.function).second)
      interest[i] = Interest::decides;
  }
}

// Follows what each task knows of each location.
class Knowledge {
 public:
  Knowledge(const Trace& trace, std::vector<Interest>& interest)
      : trace_(trace), interest_(interest) {}

  void event(std::size_t i) {
    const Event& e = trace_.events[i];
    Task& task = tasks_[e.task];
    if (e.kind == EventKind::acquired) ++task.held;
    if (e.kind == EventKind::released && task.held > 0) --task.held;
    if (e.phase != kParallel) return;
    if (e.kind == EventKind::op_begin) {
      task.read.clear();
      task.stale.clear();
    }
    // The op goes on: what it knows by now is out of date.
    if (e.kind != EventKind::op_end && e.kind != EventKind::op_begin) go_on(task);
    if (!is_access(e) || e.location == 0) return;
    if (e.kind == EventKind::load)
      load(i, task);
    else if (e.kind == EventKind::store || e.kind == EventKind::rmw)
      write(i, task);
  }

 private:
  struct Task {
    int held = 0;
    std::map<std::uint32_t, std::size_t> read;   // location -> its last read in this op
    std::map<std::uint32_t, std::size_t> stale;  // of those: changed by another task since
    std::map<std::uint32_t, std::size_t> known;  // location -> the last change this task has seen
  };

  void show(std::size_t i) { interest_[i] = std::max(interest_[i], Interest::tells); }

  void go_on(Task& task) {
    for (const auto& [location, at] : task.stale) show(at);
  }

  void load(std::size_t i, Task& task) {
    const std::uint32_t location = trace_.events[i].location;
    task.read[location] = i;
    task.stale.erase(location);
    const auto change = changes_.find(location);
    if (change == changes_.end()) return;
    const bool others = trace_.events[change->second].task != trace_.events[i].task;
    const auto known = task.known.find(location);
    const bool is_new = known == task.known.end() || known->second != change->second;
    if (others && is_new && task.held == 0) show(i);
    task.known[location] = change->second;
  }

  void write(std::size_t i, Task& task) {
    const Event& e = trace_.events[i];
    if (e.kind == EventKind::store && task.stale.contains(e.location)) show(i);
    task.read.erase(e.location);
    task.stale.erase(e.location);
    if (!is_change(e)) return;
    changes_[e.location] = i;
    task.known[e.location] = i;
    for (unsigned t = 0; t < exec::kMaxTasks; ++t) {
      if (t == e.task) continue;
      const auto read = tasks_[t].read.find(e.location);
      if (read != tasks_[t].read.end()) tasks_[t].stale[e.location] = read->second;
    }
  }

  const Trace& trace_;
  std::vector<Interest>& interest_;
  std::map<std::uint32_t, std::size_t> changes_;  // location -> its last change
  Task tasks_[exec::kMaxTasks];
};

}  // namespace

bool is_access(const Event& e) {
  return e.kind == EventKind::load || e.kind == EventKind::store || e.kind == EventKind::rmw ||
         e.kind == EventKind::plain_read || e.kind == EventKind::plain_write;
}

bool is_change(const Event& e) {
  return (e.kind == EventKind::store || e.kind == EventKind::rmw) && e.before != e.after;
}

bool frees(const Event& e, const std::string& object) {
  if (e.kind == EventKind::note) return e.text == "free " + object_of(object);
  return e.kind == EventKind::died && object_of(e.object) == object_of(object);
}

SharedUse::SharedUse(const Trace& trace) {
  for (const Event& e : trace.events) {
    if (e.phase != kParallel || e.object.empty()) continue;
    const bool changes = e.kind != EventKind::load && e.kind != EventKind::plain_read;
    for (Use* use : {&places_[e.object], &objects_[object_of(e.object)]}) {
      use->tasks |= 1U << e.task;
      use->changed |= changes;
    }
  }
}

bool SharedUse::is_shared(const Event& e) const {
  const bool whole = e.kind == EventKind::born || e.kind == EventKind::died;
  const auto& uses = whole ? objects_ : places_;
  const auto use = uses.find(whole ? object_of(e.object) : e.object);
  return use != uses.end() && use->second.changed && (use->second.tasks & ~(1U << e.task)) != 0;
}

std::vector<Interest> interest_of(const Trace& trace, const Failure* failure) {
  std::vector<Interest> interest(trace.events.size(), Interest::none);
  if (failure != nullptr) find_deciding(trace, *failure, interest);
  Knowledge knowledge(trace, interest);
  for (std::size_t i = 0; i < trace.events.size(); ++i) knowledge.event(i);
  return interest;
}

}  // namespace rw::report
