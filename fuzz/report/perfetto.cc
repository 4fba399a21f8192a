#include "fuzz/report/perfetto.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "fuzz/exec/strategy.h"
#include "fuzz/report/edges.h"
#include "fuzz/report/holds.h"
#include "fuzz/report/interest.h"
#include "fuzz/report/values.h"

namespace rw::report {

namespace {

using exec::Event;
using exec::EventKind;

constexpr unsigned kProcess = 1;

// Set-up and final checks run as task 0, each on a thread of its own.
unsigned thread_of(const Event& e) {
  return e.phase == 0 ? 1 : e.phase == 2 ? exec::kMaxTasks + 2 : e.task + 2U;
}

std::string thread_name(unsigned thread) {
  if (thread == 1) return "set-up";
  return thread == exec::kMaxTasks + 2 ? "final checks" : fmt::format("T{}", thread - 2);
}

class Writer {
 public:
  explicit Writer(const Run& run) : run_(run), trace_(*run.trace), values_(trace_) {}

  Json write() {
    slices();
    for (const Hold& hold : holds_of(trace_)) lock(hold);
    for (const Edge& edge : edges_of(trace_)) flow(edge);
    mark_failure();
    // By time; of what begins together the longest first, for it is around the others.
    std::vector<std::tuple<std::uint64_t, std::int64_t, std::size_t>> order;
    for (std::size_t i = 0; i < events_.size(); ++i)
      order.emplace_back(events_[i].at("ts").get<std::uint64_t>(),
                         -events_[i].value("dur", std::int64_t{0}), i);
    std::sort(order.begin(), order.end());
    Json all = threads();
    for (const auto& [time, length, i] : order) all.push_back(std::move(events_[i]));
    return {{"traceEvents", std::move(all)},
            {"displayTimeUnit", "ms"},
            {"otherData",
             {{"made_by", "racewalk"},
              {"file", run_.file},
              {"failure", run_.failure != nullptr ? run_.failure->message : "none"},
              {"key", run_.key},
              {"time", "one microsecond is one step"}}}};
  }

 private:
  Json event(const char* phase, unsigned thread, std::uint64_t time, const std::string& name) {
    return {{"ph", phase}, {"pid", kProcess}, {"tid", thread}, {"ts", time}, {"name", name}};
  }

  Json threads() const {
    Json names = Json::array();
    names.push_back({{"ph", "M"},
                     {"pid", kProcess},
                     {"name", "process_name"},
                     {"args", {{"name", "racewalk " + run_.file}}}});
    for (unsigned thread = 1; thread <= exec::kMaxTasks + 2; ++thread) {
      if (!used_.contains(thread)) continue;
      for (const char* what : {"thread_name", "thread_sort_index"}) {
        Json args = {{"name", thread_name(thread)}};
        if (std::string(what) == "thread_sort_index") args = {{"sort_index", thread}};
        names.push_back({{"ph", "M"},
                         {"pid", kProcess},
                         {"tid", thread},
                         {"name", what},
                         {"args", std::move(args)}});
      }
    }
    return names;
  }

  // Events of one task with one step number make a slice, named after the first that has a name.
  void slices() {
    for (std::size_t i = 0; i < trace_.events.size(); ++i) {
      const Event& e = trace_.events[i];
      const unsigned thread = thread_of(e);
      used_.insert(thread);
      Open& open = open_[e.task];
      if (e.kind == EventKind::op_begin) {
        end_op(open);
        open = {.op = i, .in_op = true, .last = first_time(e)};
        continue;
      }
      if (e.kind == EventKind::op_end) {
        end_op(open);
        continue;
      }
      step(e, thread, open);
    }
    for (Open& open : open_) end_op(open);
  }

  struct Open {
    std::size_t op = 0;
    bool in_op = false;
    std::uint64_t last = 0;                   // end of the op's last step
    std::uint64_t slice = ~std::uint64_t{0};  // step of the slice that is open
    std::size_t at = 0;                       // its index in events_
  };

  // An op that has made no step yet begins with the next one of all.
  static std::uint64_t first_time(const Event& e) { return e.step + 1; }

  void end_op(Open& open) {
    if (!open.in_op) return;
    const Event& op = trace_.events[open.op];
    const std::uint64_t start = std::min(first_time(op), open.last);
    if (open.last > start) {
      Json slice = event("X", thread_of(op), first_time(op), op.text);
      slice["dur"] = open.last - start;
      slice["cat"] = "op";
      events_.push_back(std::move(slice));
    }
    open.in_op = false;
  }

  void step(const Event& e, unsigned thread, Open& open) {
    if (open.slice != e.step || e.step < first_step_of(open)) {
      if (e.step < first_step_of(open)) return;
      open.slice = e.step;
      open.at = events_.size();
      Json slice = event("X", thread, e.step, name_of(e));
      slice["dur"] = 1;
      slice["cat"] = "step";
      slice["args"] = {
          {"where", fmt::format("{} ({}:{})", e.where.function, e.where.file, e.where.line)},
          {"accesses", Json::array()}};
      events_.push_back(std::move(slice));
      open.last = e.step + 1;
    }
    if (is_access(e) || e.kind == EventKind::note || e.kind == EventKind::died ||
        e.kind == EventKind::born)
      events_[open.at]["args"]["accesses"].push_back(words(e));
  }

  std::uint64_t first_step_of(const Open& open) const {
    return open.in_op ? first_time(trace_.events[open.op]) : 0;
  }

  static std::string name_of(const Event& e) {
    if (e.kind == EventKind::operation_begin)
      return e.object.empty() ? e.text : e.text + " " + e.object;
    if (e.kind == EventKind::note) return e.text;
    if (!e.operation.empty()) return e.operation + " " + e.object;
    return e.object.empty() ? e.where.function : e.object;
  }

  std::string words(const Event& e) const {
    if (e.kind == EventKind::load) return e.object + " = " + values_.after(e);
    if (e.kind == EventKind::store || e.kind == EventKind::rmw)
      return e.object + " " + values_.change(e);
    if (e.kind == EventKind::note) return e.text;
    if (e.kind == EventKind::died) return "frees " + object_of(e.object);
    if (e.kind == EventKind::born) return "allocates " + object_of(e.object);
    return (e.kind == EventKind::plain_write ? "writes " : "reads ") + e.object +
           (e.known ? " = " + values_.after(e) : "");
  }

  void lock(const Hold& hold) {
    const Event& taken = trace_.events[hold.taken];
    const Event& let = trace_.events[hold.let.value_or(trace_.events.size() - 1)];
    const std::string id = fmt::format("lock{}", ++locks_);
    for (const bool begins : {true, false}) {
      const std::uint64_t time = begins ? taken.step : std::max(let.step, taken.step) + 1ULL;
      Json e = event(
          begins ? "b" : "e", thread_of(taken), time,
          thread_name(thread_of(taken)) + " holds " + hold.lock + (hold.shared ? " (read)" : ""));
      e["cat"] = "lock";
      e["id"] = id;
      events_.push_back(std::move(e));
    }
  }

  void flow(const Edge& edge) {
    const Event& from = trace_.events[edge.from];
    const Event& to = trace_.events[edge.to];
    if (from.step == to.step) return;
    ++flows_;
    for (const bool begins : {true, false}) {
      const Event& end = begins ? from : to;
      Json e = event(begins ? "s" : "f", thread_of(end), end.step, edge.over);
      e["cat"] = "happens-before";
      e["id"] = flows_;
      if (!begins) e["bp"] = "e";
      events_.push_back(std::move(e));
    }
  }

  void mark_failure() {
    if (run_.failure == nullptr || trace_.events.empty()) return;
    const Event& last = trace_.events.back();
    const unsigned thread = last.phase == 1 ? run_.failure->task + 2 : thread_of(last);
    Json e = event("i", thread, std::max(run_.failure->step, last.step),
                   run_.failure->kind + ": " + run_.failure->message);
    e["s"] = "p";
    events_.push_back(std::move(e));
  }

  const Run& run_;
  const exec::Trace& trace_;
  Values values_;
  std::vector<Json> events_;
  Open open_[exec::kMaxTasks];
  std::set<unsigned> used_;  // threads
  unsigned locks_ = 0, flows_ = 0;
};

}  // namespace

Json perfetto(const Run& run) {
  return Writer(run).write();
}

}  // namespace rw::report
