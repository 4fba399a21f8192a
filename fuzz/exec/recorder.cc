#include "fuzz/exec/recorder.h"

#include <bit>
#include <unordered_map>
#include <unordered_set>

#include "fuzz/exec/debug.h"
#include "fuzz/exec/quiet.h"
#include "fuzz/exec/raw_access.h"
#include "fuzz/memory/arena.h"
#include "fuzz/sync/fail.h"

namespace rw::exec {

namespace {

// Function names, each once, found by the address of a source position's record. The addresses only
// serve to look up; no result depends on them.
const char* interned_function(const sync::site& where) {
  static std::unordered_map<const void*, const char*> by_site;
  static std::unordered_set<std::string> names;
  const void* key = std::bit_cast<const void*>(where);
  const auto found = by_site.find(key);
  if (found != by_site.end()) return found->second;
  const char* name = names.insert(sync::function_name(where)).first->c_str();
  by_site.emplace(key, name);
  return name;
}

struct Visits {
  const char* function;
  std::uint16_t count;
};
std::vector<Visits> g_visits[kMaxTasks];

}  // namespace

void name_pending_step(unsigned t) {
  const Quiet quiet;
  Executor& e = g_executor;
  const char* function = interned_function(e.pending[t].where);
  e.function[t] = function;
  for (Visits& v : g_visits[t])
    if (v.function == function) {
      e.visit[t] = ++v.count;
      return;
    }
  g_visits[t].push_back({function, 1});
  e.visit[t] = 1;
}

void forget_visits(unsigned t) {
  const Quiet quiet;
  g_visits[t].clear();
}

// A plain access is made after its hook and before anything else happens, so its value is there to
// be seen when the next event comes.
void Recorder::see_plain_value() {
  if (plain_ == nullptr) return;
  Event& event = trace_.events.back();
  const unsigned word = plain_size_ <= 4 ? 4 : 8;
  const std::uint64_t mask = plain_size_ == 8 ? ~0ULL : (1ULL << (8 * plain_size_)) - 1;
  const std::uint64_t value = raw_peek(plain_, word) & mask;
  event.known = !memory::is_foreign_pointer(value);
  if (event.known) {
    event.after = value;
    event.after_words = memory::value_in_words(plain_, value);
  }
  plain_ = nullptr;
}

void Recorder::event(What what, const sync::site& where) {
  const Quiet quiet;
  see_plain_value();
  const Executor& e = g_executor;
  const unsigned t = e.view.current;
  const Task& task = e.tasks[t];
  Event event;
  event.kind = what.kind;
  event.task = static_cast<std::uint8_t>(t);
  event.phase = static_cast<std::uint8_t>(e.phase);
  event.op = e.op[t];
  event.step = e.all_steps;
  if (what.object != nullptr) {
    if (memory::in_arena(what.object)) event.location = memory::offset_of(what.object);
    event.object = memory::name_of(what.object);
  }
  event.before = what.before;
  event.after = what.after;
  if (what.kind == EventKind::load || what.kind == EventKind::store ||
      what.kind == EventKind::rmw) {
    event.before_words = memory::value_in_words(what.object, what.before);
    event.after_words = memory::value_in_words(what.object, what.after);
  }
  // What lies on a stack may be gone by then.
  if (std::has_single_bit(what.size) && what.size <= 8 && memory::in_objects(what.object)) {
    plain_ = what.object;
    plain_size_ = what.size;
  }
  event.clock = task.clocks.current;
  if (task.scope_count > 0) event.operation = task.scopes[task.scope_count - 1].name;
  event.text = std::move(what.text);
  event.where = place_of(where);
  trace_.events.push_back(std::move(event));
  debug::event(trace_.events.back(), static_cast<std::uint32_t>(trace_.events.size()), what.object);
}

void Recorder::segment_begins(unsigned task) {
  const Quiet quiet;
  Segment segment;
  segment.task = static_cast<std::uint8_t>(task);
  decisions_.segments.push_back(segment);
  open_ = true;
}

void Recorder::segment_ends(Segment::Until until) {
  const Quiet quiet;
  if (!open_) return;
  open_ = false;
  const Executor& e = g_executor;
  Segment& segment = decisions_.segments.back();
  segment.until = until;
  if (until != Segment::Until::step) return;
  segment.op = e.op[segment.task];
  segment.function = e.function[segment.task];
  segment.visit = e.visit[segment.task];
}

void Recorder::choice(const char* what, unsigned n, unsigned value, const sync::site& where) {
  const Quiet quiet;
  const unsigned t = g_executor.view.current;
  const unsigned op = g_executor.op[t];
  std::uint16_t visit = 0;
  for (Seen& seen : choices_seen_)
    if (seen.task == t && seen.op == op && seen.what == what) visit = ++seen.count;
  if (visit == 0) {
    choices_seen_.push_back({t, op, what, 1});
    visit = 1;
  }
  if (value == 0) return;
  ChoiceMade made;
  made.task = static_cast<std::uint8_t>(t);
  made.op = static_cast<std::uint16_t>(op);
  made.visit = visit;
  made.what = what;
  made.value = static_cast<std::uint16_t>(value);
  decisions_.choices.push_back(std::move(made));
  event({.kind = EventKind::choice, .before = n, .after = value, .text = what}, where);
}

void Recorder::take(Trace& trace, Decisions& decisions) {
  see_plain_value();
  trace = std::move(trace_);
  decisions = std::move(decisions_);
}

}  // namespace rw::exec
