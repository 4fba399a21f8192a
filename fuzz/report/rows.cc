#include "fuzz/report/rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "fuzz/exec/strategy.h"
#include "fuzz/report/interest.h"
#include "fuzz/report/marks.h"
#include "fuzz/report/newest.h"
#include "fuzz/report/operations.h"
#include "fuzz/report/values.h"
#include "fuzz/verdict/key.h"

namespace rw::report {

namespace {

using exec::Event;
using exec::EventKind;
using exec::Failure;
using exec::kFinish;
using exec::kParallel;
using exec::kSetup;
using exec::Trace;

class RowBuilder {
 public:
  RowBuilder(const Trace& trace, const Failure* failure)
      : trace_(trace), failure_(failure), values_(trace), use_(trace) {
    spans_ = measure_operations(trace);
    interest_ = interest_of(trace, failure);
    for (const Event& e : trace.events) {
      tasks_ = std::max(tasks_, e.phase == kSetup ? 1U : e.task + 1U);
      if (e.phase != kSetup) main_phase_ = kParallel;
    }
    if (failure != nullptr) tasks_ = std::max(tasks_, static_cast<unsigned>(failure->tasks.size()));
  }

  Picture build() {
    make_headings();
    picture_.events = trace_.events.size();
    for (std::size_t i = 0; i < trace_.events.size(); ++i) event(i);
    if (failure_ != nullptr) {
      step_ = failure_->step;
      TaskState& s = state_[failure_->task % exec::kMaxTasks];
      show_pending_op(s);
      show_pending_operation(s);
      mark_failure(picture_, trace_, *failure_);
    }
    return std::move(picture_);
  }

 private:
  struct TaskState {
    const Event* pending_op = nullptr;      // begun, not shown yet
    std::vector<std::size_t> open;          // indices of the operation_begin events
    std::size_t pending_operation = kNone;  // begun, its first step not made yet
    std::size_t op_row = kNone, operation_row = kNone;
    int held = 0;
    bool waited = false;
  };
  static constexpr std::size_t kNone = ~std::size_t{0};

  void make_headings() {
    std::vector<unsigned> count(tasks_);
    std::vector<const Event*> only(tasks_);
    for (const Event& e : trace_.events)
      if (e.phase == main_phase_ && e.kind == EventKind::op_begin && count[e.task]++ == 0)
        only[e.task] = &e;
    for (unsigned t = 0; t < tasks_; ++t) {
      single_op_.push_back(count[t] == 1);
      picture_.headings.push_back(fmt::format("T{}", t));
      if (count[t] == 1) picture_.headings[t] += " " + only[t]->text;
    }
  }

  Row& add(const Event& e, unsigned indent, std::string text) {
    if (e.phase == kFinish) all_have_ended(picture_);
    Row row;
    row.task = e.task;
    row.indent = static_cast<std::uint8_t>(indent);
    row.step = step_;
    row.event = at_;
    row.text = std::move(text);
    row.object = e.object;
    row.shared = use_.is_shared(e) || in_message(e);
    row.told = e.kind == EventKind::note || e.kind == EventKind::born || e.kind == EventKind::died;
    row.where = e.where;
    picture_.rows.push_back(std::move(row));
    for (unsigned t = 0; t < exec::kMaxTasks; ++t)
      if (state_[t].held > 0) picture_.rows.back().holding |= 1U << t;
    return picture_.rows.back();
  }

  bool is_last(std::size_t row) const { return row != kNone && row + 1 == picture_.rows.size(); }

  void event(std::size_t i) {
    const Event& e = trace_.events[i];
    at_ = i;
    step_ = e.step;
    remark_ = newest_.event(e, values_);
    if (e.phase == kSetup && main_phase_ != kSetup) return setup_event(e);
    TaskState& s = state_[e.task];
    if (e.kind == EventKind::op_begin) {
      s.pending_op = &e;
      s.op_row = kNone;
      return;
    }
    show_pending_op(s);
    show_pending_operation(s);
    switch (e.kind) {
      case EventKind::op_end:
        return op_end(e, s);
      case EventKind::operation_begin:
        return operation_begin(i, s);
      case EventKind::operation_end:
        if (!s.open.empty()) s.open.pop_back();
        return;
      case EventKind::acquired:
        return acquired(e, s);
      case EventKind::released:
        if (s.open.empty()) add(e, 1, "releases " + e.object);
        s.held = std::max(0, s.held - 1);
        return;
      case EventKind::wait:
        return waits(e, s);
      case EventKind::wake:
        if (s.open.empty()) add(e, 1, "goes on");
        return;
      case EventKind::note:
        add(e, depth(s), e.text);
        return;
      case EventKind::choice:
        if (!chooses_value(e)) add(e, depth(s), fmt::format("choice: {} = {}", e.text, e.after));
        return;
      case EventKind::notify:
        if (s.open.empty()) add(e, 1, "wakes waiters of " + e.object);
        return;
      case EventKind::died:
        add(e, depth(s), "frees " + object_of(e.object)).decides = in_message(e);
        return;
      case EventKind::born:
        if (in_message(e)) add(e, depth(s), "allocates " + object_of(e.object)).decides = true;
        return;
      default:
        break;
    }
    if (is_access(e)) access(i, s);
  }

  bool in_message(const Event& e) const {
    return failure_ != nullptr && mentions(failure_->message, object_of(e.object));
  }

  static unsigned depth(const TaskState& s) { return s.open.empty() ? 1 : 2; }

  void setup_event(const Event& e) {
    if (e.kind == EventKind::op_begin) picture_.setup.push_back(e.text);
    if (e.kind == EventKind::op_end && !e.text.empty() && !picture_.setup.empty())
      picture_.setup.back() += " (" + e.text + ")";
    TaskState& s = state_[e.task];
    if (e.kind == EventKind::acquired) ++s.held;
    if (e.kind == EventKind::released) s.held = std::max(0, s.held - 1);
  }

  void show_pending_op(TaskState& s) {
    if (s.pending_op == nullptr) return;
    const Event& op = *s.pending_op;
    s.pending_op = nullptr;
    if (single_op_[op.task]) return;
    add(op, 0, op.text).object.clear();
    s.op_row = picture_.rows.size() - 1;
  }

  void op_end(const Event& e, TaskState& s) {
    if (e.text.empty()) return;
    if (is_last(s.op_row))
      picture_.rows.back().text += ": " + e.text;
    else
      add(e, 1, e.text).object.clear();
  }

  void operation_begin(std::size_t i, TaskState& s) {
    if (s.open.empty()) s.pending_operation = i;
    s.open.push_back(i);
  }

  void show_pending_operation(TaskState& s) {
    if (s.pending_operation == kNone) return;
    const std::size_t i = s.pending_operation;
    s.pending_operation = kNone;
    const Event& e = trace_.events[i];
    const Span& span = spans_[i];
    std::string text = e.object.empty() ? e.text : e.text + " " + e.object;
    const bool lock = is_lock(span);
    const bool fails = !lock && span.ended && e.text.find("try") != std::string::npos;
    if (fails) text += ": fails";
    if (!lock && !fails && span.ended && span.changes.empty() && span.loads.size() == 1) {
      const Event& load = trace_.events[span.loads[0]];
      if (is_probe(e.text) && !span.interrupted) text += " = " + values_.after(load);
    }
    if (!lock && span.changes.size() == 1) {
      const Event& change = trace_.events[span.changes[0]];
      if (object_of(change.object) == object_of(e.object) && !span.interrupted)
        text += (change.object == e.object ? ": " : ": " + field_of(change.object) + " ") +
                values_.change(change);
    }
    add(e, 1, std::move(text));
    Row& row = picture_.rows.back();
    row.takes = span.acquires && !span.waits && !span.interrupted;
    row.drops = span.releases && !span.acquires;
    s.operation_row = picture_.rows.size() - 1;
    s.waited = false;
  }

  static std::string field_of(const std::string& name) {
    const std::size_t dot = name.find('.');
    return dot == std::string::npos ? name : name.substr(dot + 1);
  }

  void acquired(const Event& e, TaskState& s) {
    ++s.held;
    if (is_last(s.operation_row) && !s.waited)
      picture_.rows.back().holding |= 1U << e.task;
    else
      add(e, 1, "gets " + e.object);
    s.waited = false;
  }

  void waits(const Event& e, TaskState& s) {
    if (is_last(s.operation_row) && !s.waited) {
      picture_.rows.back().text += ": waits";
    } else if (!s.waited || s.open.empty()) {
      add(e, 1, "waits for " + awaited(e, s));
    }
    s.waited = true;
  }

  // A waiter of a lock waits for the lock, whatever word inside it sleeps on.
  std::string awaited(const Event& e, const TaskState& s) const {
    return s.open.empty() ? e.object : trace_.events[s.open.back()].object;
  }

  void access(std::size_t i, TaskState& s) {
    const Event& e = trace_.events[i];
    const bool decides = interest_[i] == Interest::decides;
    const bool tells = interest_[i] == Interest::tells || !remark_.empty();
    if (!decides && !is_change(e) && !tells) return;
    if (!s.open.empty() && remark_.empty()) {
      // The operation's row speaks for what it does to its own object, a lock's for all it does.
      const std::size_t outermost = s.open.front();
      const bool own = object_of(e.object) == object_of(trace_.events[outermost].object);
      if (decides && own) picture_.rows[s.operation_row].decides = true;
      if (own || (is_lock(spans_[outermost]) && !decides)) return;
    }
    Row& row = add(e, depth(s), access_text(e));
    row.decides = decides;
    row.told = !remark_.empty();
    if (row.told) add(e, depth(s) + 1, remark_).told = true;
  }

  std::string access_text(const Event& e) const {
    switch (e.kind) {
      case EventKind::load:
        return "reads " + e.object + " = " + values_.after(e);
      case EventKind::plain_read:
        return "reads " + e.object + known_value(e);
      case EventKind::plain_write:
        return "writes " + e.object + known_value(e);
      default:
        return e.object + " " + values_.change(e);
    }
  }

  std::string known_value(const Event& e) const {
    return e.known ? " = " + values_.after(e) : std::string{};
  }

  const Trace& trace_;
  const Failure* failure_;
  Values values_;
  Newest newest_;
  unsigned tasks_ = 0;
  std::uint8_t main_phase_ = kSetup;  // what the columns show: set-up only if nothing else ran
  std::vector<Span> spans_;           // [event]
  std::vector<Interest> interest_;    // [event]
  SharedUse use_;
  std::vector<bool> single_op_;  // [task]
  TaskState state_[exec::kMaxTasks];
  std::size_t at_ = 0;      // the event being looked at
  std::uint32_t step_ = 0;  // its step
  std::string remark_;      // on it
  Picture picture_;
};

}  // namespace

void all_have_ended(Picture& picture) {
  if (picture.ended) return;
  picture.ended = true;
  Row row;
  row.of_task = false;
  row.fold = true;
  if (!picture.rows.empty()) row.event = picture.rows.back().event;
  row.text = "-- all tasks have ended --";
  picture.rows.push_back(std::move(row));
}

Picture rows_of(const Trace& trace, const Failure* failure) {
  return RowBuilder(trace, failure).build();
}

}  // namespace rw::report
