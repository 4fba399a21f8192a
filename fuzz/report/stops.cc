#include "fuzz/report/stops.h"

#include <algorithm>
#include <optional>
#include <set>

#include "fuzz/report/decisive.h"
#include "fuzz/report/interest.h"
#include "fuzz/report/values.h"
#include "fuzz/verdict/key.h"
#include "fuzz/verdict/kinds.h"

namespace rw::report {

namespace {

using exec::Event;
using exec::EventKind;
using exec::Failure;
using exec::Trace;

Stop stop_at(const Trace& trace, std::size_t i) {
  return {.event = i + 1, .what = in_words(trace.events[i])};
}

// A death is recorded before it is judged, so the trace may end with the step that failed.
bool is_the_failing_step(const Failure& failure, const Event& e) {
  return e.task == failure.task && e.step == failure.step && e.where.line == failure.where.line &&
         e.where.file == failure.where.file;
}

// The other half of a race, or the death before a use: what the key names, else the last one.
std::optional<std::size_t> counterpart(const Trace& trace, const Failure& failure,
                                       const std::string& object) {
  std::set<std::string> parts;
  for (const std::string& part : failure.parts) parts.insert(verdict::normalise(part));
  std::optional<std::size_t> unnamed;
  for (std::size_t i = trace.events.size(); i-- > 0;) {
    const Event& e = trace.events[i];
    if (is_the_failing_step(failure, e)) continue;
    const bool dies = frees(e, object);
    if (!dies && (!is_access(e) || e.object != object || e.task == failure.task)) continue;
    if (dies || parts.contains(verdict::normalise(e.where.function))) return i;
    if (!unnamed) unnamed = i;
  }
  return unnamed;
}

// The last event of each task that has not finished: for failures that are nobody's own step.
std::vector<Stop> where_tasks_stand(const Trace& trace, const Failure& failure) {
  std::vector<std::size_t> last;
  for (const exec::TaskStatus& status : failure.tasks) {
    if (status.state == "finished") continue;
    for (std::size_t i = trace.events.size(); i-- > 0;) {
      if (trace.events[i].task != status.task || trace.events[i].phase != 1) continue;
      last.push_back(i);
      break;
    }
  }
  std::sort(last.begin(), last.end());
  std::vector<Stop> stops;
  for (const std::size_t i : last) stops.push_back(stop_at(trace, i));
  return stops;
}

std::vector<Stop> birth_of(const Trace& trace, const std::string& object) {
  for (std::size_t i = trace.events.size(); i-- > 0;)
    if (trace.events[i].kind == EventKind::born &&
        object_of(trace.events[i].object) == object_of(object))
      return {stop_at(trace, i)};
  return {};
}

}  // namespace

std::string object_in_message(const Trace& trace, const Failure& failure) {
  std::string object;
  for (const Event& e : trace.events)
    for (const std::string& name : {e.object, object_of(e.object)})
      if (name.size() > object.size() && mentions(failure.message, name)) object = name;
  // An access is checked before it is recorded: the trace may know only the object's start.
  if (const std::size_t end = failure.message.find(": ");
      verdict::is_about_an_access(failure.kind) && end != std::string::npos)
    return failure.message.substr(0, end);
  return object;
}

std::string failing_in_words(const Trace& trace, const Failure& failure) {
  if (!verdict::is_about_an_access(failure.kind)) return {};
  const std::string object = object_in_message(trace, failure);
  const bool dies = !trace.events.empty() && trace.events.back().kind == EventKind::died &&
                    is_the_failing_step(failure, trace.events.back());
  if (dies || failure.kind == "double-free") return "frees " + object_of(object);
  return (failure.kind == "uninitialised-read" ? "reads " : "uses ") + object;
}

std::string in_words(const Event& e) {
  const auto with_object = [&e](const char* verb) {
    return e.object.empty() ? std::string(verb) : verb + (" " + e.object);
  };
  switch (e.kind) {
    case EventKind::load:
    case EventKind::plain_read:
      return with_object("reads");
    case EventKind::store:
    case EventKind::plain_write:
      return with_object("writes");
    case EventKind::rmw:
      return with_object("updates");
    case EventKind::wait:
      return with_object("waits on");
    case EventKind::wake:
      return with_object("is woken on");
    case EventKind::notify:
      return with_object("wakes waiters of");
    case EventKind::born:
      return "allocates " + object_of(e.object);
    case EventKind::died:
      return "frees " + object_of(e.object);
    case EventKind::acquired:
      return with_object("takes");
    case EventKind::released:
      return with_object("drops");
    case EventKind::operation_begin:
      return with_object(e.text.c_str());
    case EventKind::operation_end:
      return with_object((e.text + " ends").c_str());
    case EventKind::op_begin:
    case EventKind::note:
      return e.text;
    case EventKind::op_end:
      return e.text.empty() ? "op ends" : e.text;
    case EventKind::fence:
      return "fence " + e.text;
    case EventKind::relax:
      return "spins";
    case EventKind::choice:
      return "chooses " + e.text;
  }
  return "?";
}

std::vector<Stop> stops_of(const Trace& trace, const Failure& failure) {
  if (failure.kind == "deadlock" || failure.kind == "lost-wakeup" || failure.kind == "livelock")
    return where_tasks_stand(trace, failure);
  const std::string object = object_in_message(trace, failure);
  if (failure.kind == "uninitialised-read" || failure.kind == "leak")
    return birth_of(trace, object);
  std::vector<std::size_t> events;
  if (!verdict::is_about_an_access(failure.kind))
    events = decisive_events(trace, failure);
  else if (const auto other = counterpart(trace, failure, object))
    events = {*other};
  std::vector<Stop> stops;
  for (const std::size_t i : events) stops.push_back(stop_at(trace, i));
  return stops;
}

}  // namespace rw::report
