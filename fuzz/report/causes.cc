#include "fuzz/report/causes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "fuzz/report/decisive.h"
#include "fuzz/report/interest.h"
#include "fuzz/report/lock_graph.h"
#include "fuzz/report/values.h"
#include "fuzz/verdict/kinds.h"

namespace rw::report {

namespace {

using exec::Event;
using exec::EventKind;
using exec::Failure;
using exec::Trace;

std::string at_step(const Event& e) {
  const char* phase = e.phase == exec::kSetup ? " of set-up" : "";
  return fmt::format("in {}() ({}:{}, step {}{})", e.where.function, e.where.file, e.where.line,
                     e.step, phase);
}

class Inquiry {
 public:
  Inquiry(const Trace& trace, const Failure& failure)
      : trace_(trace), failure_(failure), values_(trace), holds_(holds_of(trace)) {}

  std::vector<Cause> run() {
    const std::string& kind = failure_.kind;
    if (verdict::is_about_an_access(kind))
      about_two_uses();
    else if (kind == "deadlock" || kind == "lost-wakeup")
      about_waiting();
    else if (kind == "lock-order")
      about_order();
    else
      about_what_it_hangs_on();
    return std::move(causes_);
  }

 private:
  std::size_t end() const { return trace_.events.size(); }

  void say(std::string text, std::optional<std::size_t> event = std::nullopt) {
    causes_.push_back({std::move(text), event});
  }

  // The longest object name in the message: "vma#1.anon_vma" rather than "vma#1".
  std::string subject() const {
    std::string name;
    for (const Event& e : trace_.events)
      for (const std::string& about : {e.object, object_of(e.object)})
        if (about.size() > name.size() && mentions(failure_.message, about)) name = about;
    return name;
  }

  template <typename Holds>
  std::optional<std::size_t> last(Holds holds) const {
    for (std::size_t i = end(); i-- > 0;)
      if (holds(trace_.events[i])) return i;
    return std::nullopt;
  }

  // The other side of the failure: the free, or the last deciding access of another task.
  std::optional<std::size_t> other_side(const std::string& name) const {
    const auto freed = last([&](const Event& e) { return frees(e, name); });
    const bool dying = freed && *freed + 1 == end() && failure_.kind != "double-free" &&
                       trace_.events[*freed].step == failure_.step;
    if (failure_.kind != "data-race" && freed && !dying) return freed;
    const auto interest = interest_of(trace_, &failure_);
    for (std::size_t i = end(); i-- > 0;)
      if (interest[i] == Interest::decides && trace_.events[i].task != failure_.task) return i;
    return std::nullopt;
  }

  // Whether the failing task knew of event `i` when it failed.
  bool known_to_failing_task(std::size_t i) const {
    const Event& e = trace_.events[i];
    if (e.task == failure_.task || e.phase == exec::kSetup) return true;
    for (std::size_t k = end(); k-- > 0;)
      if (trace_.events[k].task == failure_.task)
        return trace_.events[k].clock[e.task] >= e.clock[e.task];
    return false;
  }

  void about_two_uses() {
    const std::string name = subject();
    if (name.empty()) return about_what_it_hangs_on();
    const std::string object = object_of(name);
    const auto born = last(
        [&](const Event& e) { return e.kind == EventKind::born && object_of(e.object) == object; });
    if (born)
      say(fmt::format("{} allocated {} {}.", who(trace_.events[*born]), object,
                      at_step(trace_.events[*born])),
          born);
    const auto other = other_side(name);
    if (!other) return about_what_it_hangs_on();
    const Event& e = trace_.events[*other];
    const bool freed = frees(e, object);
    say(fmt::format("{} {} {} {}{}.", who(e), freed ? "freed" : "used", freed ? object : e.object,
                    at_step(e), holding(e.task, *other)),
        other);
    const bool freeing = !freed && failure_.kind == "use-after-free";
    say(fmt::format("T{} {} it in {}() ({}:{}, step {}){}.", failure_.task,
                    freeing ? "freed" : "used", failure_.where.function, failure_.where.file,
                    failure_.where.line, failure_.step, holding(failure_.task, end())),
        end());
    if (e.task != failure_.task && e.phase == exec::kParallel)
      say_what_orders(*other, freeing || !freed);
  }

  void say_what_orders(std::size_t other, bool may_be_unordered) {
    const Event& e = trace_.events[other];
    std::string common;
    for (const Hold* a : held_at(holds_, e.task, other))
      for (const Hold* b : held_at(holds_, failure_.task, end()))
        if (a->lock == b->lock && !(a->shared && b->shared))
          common += (common.empty() ? "" : ", ") + a->lock;
    std::string text = common.empty() ? "No lock was held by both"
                                      : "Both held " + common + ", but not at the same time";
    if (!known_to_failing_task(other))
      text += fmt::format(
          ", and nothing orders the two: T{} has learnt of nothing that T{} did from there on",
          failure_.task, e.task);
    else if (!may_be_unordered)
      text +=
          fmt::format(": T{} had learnt of it, and used what it had read before", failure_.task);
    say(text + ".");
  }

  static std::string who(const Event& e) {
    return e.phase == exec::kSetup    ? "Set-up"
           : e.phase == exec::kFinish ? "The final checks"
                                      : fmt::format("T{}", e.task);
  }

  std::string holding(unsigned task, std::size_t at) const {
    const std::string held = listed_locks(held_at(holds_, task, at));
    return held.empty() ? ", holding no lock" : ", holding " + held;
  }

  void about_waiting() {
    unsigned waiting = 0;
    for (const exec::TaskStatus& status : failure_.tasks) {
      if (!status.state.starts_with("waits for ")) continue;
      ++waiting;
      std::string since;
      for (const Hold* hold : held_at(holds_, status.task, end())) {
        const Event& e = trace_.events[hold->taken];
        since += fmt::format("{}{} (since step {}, in {}())", since.empty() ? "" : " and ",
                             hold->lock, e.step, e.where.function);
      }
      say(fmt::format("T{} holds {} and {}.", status.task, since.empty() ? "no lock" : since,
                      status.state));
      say_last_wake_up(status);
    }
    if (failure_.kind == "deadlock" && waiting > 1)
      say(fmt::format("Each of the {} tasks waits for another of them: none can go on.", waiting));
  }

  // Of a task that nobody wakes: whether somebody did, too early.
  void say_last_wake_up(const exec::TaskStatus& status) {
    if (failure_.kind != "lost-wakeup") return;
    std::optional<std::size_t> wait, notify;
    for (std::size_t i = 0; i < end(); ++i)
      if (trace_.events[i].kind == EventKind::wait && trace_.events[i].task == status.task)
        wait = i;
    if (!wait) return;
    const std::string& word = trace_.events[*wait].object;
    for (std::size_t i = 0; i < end(); ++i)
      if (trace_.events[i].kind == EventKind::notify && trace_.events[i].object == word) notify = i;
    if (!notify) return say(fmt::format("Nobody woke waiters of {} in this run.", word), wait);
    const Event& e = trace_.events[*notify];
    say(fmt::format("The last wake-up of {} was {}'s {}, {} T{} went to sleep (step {}).", word,
                    who(e), at_step(e), *notify < *wait ? "before" : "after", status.task,
                    trace_.events[*wait].step),
        notify);
  }

  void about_order() {
    const LockGraph graph = lock_graph(trace_, &failure_);
    for (const LockOrder& order : graph.orders) {
      if (!order.in_cycle) continue;
      say(fmt::format("{} took {} while it held {}, in {}() ({}:{}, step {}).", order.who,
                      order.inner_lock, order.outer_lock, order.where.function, order.where.file,
                      order.where.line, order.step),
          order.event);
    }
    if (causes_.empty()) about_what_it_hangs_on();
  }

  // Of a failure that an oracle found between two objects: who brought them together.
  std::optional<std::size_t> what_joins_objects() const {
    std::set<std::string> named;
    for (const Event& e : trace_.events)
      if (const std::string object = object_of(e.object); mentions(failure_.message, object))
        named.insert(object);
    return last([&](const Event& e) {
      if (e.kind != EventKind::note || &e == &trace_.events.back()) return false;
      return std::count_if(named.begin(), named.end(),
                           [&](const std::string& object) { return mentions(e.text, object); }) > 1;
    });
  }

  // "T1 wrote page#3.flags (0 -> 1) in f() (x.cc:7, step 9)".
  std::string deed(const Event& e) const {
    switch (e.kind) {
      case EventKind::note:
        return fmt::format("\"{}\" was {}'s doing {}", e.text,
                           e.phase == exec::kSetup ? "set-up" : who(e), at_step(e));
      case EventKind::store:
      case EventKind::rmw:
        return fmt::format("{} {} {} ({}) {}", who(e),
                           e.kind == EventKind::store ? "wrote" : "updated", e.object,
                           values_.change(e), at_step(e));
      case EventKind::plain_write:
        return fmt::format("{} wrote {} {}", who(e), e.object, at_step(e));
      case EventKind::acquired:
        return fmt::format("{} took {} {}", who(e), e.object, at_step(e));
      case EventKind::died:
        return fmt::format("{} freed {} {}", who(e), object_of(e.object), at_step(e));
      default:
        return fmt::format("{} read {} {}", who(e), e.object, at_step(e));
    }
  }

  void about_what_it_hangs_on() {
    const std::vector<std::size_t> decisive = decisive_events(trace_, failure_);
    std::set<std::size_t> events(decisive.begin(), decisive.end());
    if (const auto joins = what_joins_objects()) events.insert(*joins);
    for (const std::size_t i : events)
      say(deed(trace_.events[i]) + holding(trace_.events[i].task, i) + ".", i);
    if (failure_.tasks.empty()) return;
    std::string text;
    for (const exec::TaskStatus& status : failure_.tasks) {
      const std::string held = listed_locks(held_at(holds_, status.task, end()));
      text += fmt::format("{}T{} held {}", text.empty() ? "At that moment " : "; ", status.task,
                          held.empty() ? "no lock" : held);
    }
    say(text + ".");
  }

  const Trace& trace_;
  const Failure& failure_;
  Values values_;
  std::vector<Hold> holds_;
  std::vector<Cause> causes_;
};

}  // namespace

std::vector<Cause> causes_of(const Trace& trace, const Failure& failure) {
  return Inquiry(trace, failure).run();
}

std::string listed_locks(const std::vector<const Hold*>& held) {
  std::string text;
  for (std::size_t i = 0; i < held.size(); ++i) {
    if (i > 0) text += i + 1 == held.size() ? " and " : ", ";
    text += held[i]->lock + (held[i]->shared ? " (read)" : "");
  }
  return text;
}

}  // namespace rw::report
