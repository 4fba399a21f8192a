#include "fuzz/report/decisive.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "fuzz/report/holds.h"
#include "fuzz/report/interest.h"
#include "fuzz/report/lock_graph.h"
#include "fuzz/report/values.h"

namespace rw::report {

namespace {

using exec::Event;
using exec::EventKind;
using exec::Failure;
using exec::kFinish;
using exec::kParallel;
using exec::Trace;

// "page#3" and "mm_struct#0[0x4" of "mm_struct#0[0x4] still maps page#3.mapcount".
std::set<std::string> names_in(const std::string& message) {
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  std::set<std::string> names;
  for (std::size_t at = message.find('#'); at != std::string::npos;
       at = message.find('#', at + 1)) {
    std::size_t begin = at, end = at + 1;
    while (begin > 0 && is_word(message[begin - 1])) --begin;
    while (end < message.size() && is_word(message[end])) ++end;
    if (end < message.size() && message[end] == '[')
      for (++end; end < message.size() && is_word(message[end]);) ++end;
    if (begin < at) names.insert(message.substr(begin, end - begin));
  }
  return names;
}

// "file.i_mmap_lock" of "file#0.i_mmap_lock".
std::string without_number(std::string object) {
  const std::size_t at = object.find('#');
  if (at == std::string::npos) return object;
  return object.erase(at, std::min(object.find('.', at), object.size()) - at);
}

bool is_change_of_memory(const Event& e) {
  return e.kind == EventKind::store || e.kind == EventKind::rmw || e.kind == EventKind::plain_write;
}

// A field; an element, where it is an array.
using Place = std::pair<std::string, std::uint32_t>;

Place place_of(const Event& e) {
  return {e.object, e.location};
}

class Judge {
 public:
  Judge(const Trace& trace, const Failure& failure)
      : trace_(trace), failure_(failure), values_(trace), names_(names_in(failure.message)) {
    for (const Event& e : trace.events)
      if (e.kind == EventKind::acquired || e.kind == EventKind::released) locks_.insert(e.object);
    last_ = last_access();
    message_names_ = !names_.empty();
    if (!message_names_) names_.insert(object_of(last_.first));
    for (std::size_t i = 0; i < trace.events.size(); ++i) {
      const Event& e = trace.events[i];
      if (!is_failing(e) || !is_access(e)) continue;
      if (is_change_of_memory(e))
        written_.insert(place_of(e));
      else
        read_[place_of(e)] = i;
    }
  }

  std::vector<std::size_t> run() {
    std::set<std::size_t> found;
    if (const auto begun = begin_of_atomic()) found.insert(*begun);
    if (failure_.kind == "lock-order") {
      for (const LockOrder& order : lock_graph(trace_, &failure_).orders)
        if (order.in_cycle && order.step != failure_.step) found.insert(order.event);
      return {found.begin(), found.end()};
    }
    auto best = heaviest([this](const Event& e) { return weight(e); });
    if (!best && found.empty()) best = heaviest([this](const Event& e) { return own_weight(e); });
    const auto other = best && after_the_end() ? opposite(*best) : std::nullopt;
    // Where the message names nothing, what one task did to the last thing looked at is a guess.
    const bool guess = after_the_end() && !message_names_ && !other;
    if (best && !guess) found.insert(*best);
    if (other) found.insert(*other);
    return {found.begin(), found.end()};
  }

 private:
  static constexpr unsigned kTwoNames = 16;  // of the message: what brought the two together
  static constexpr unsigned kWholeName = 8;  // "x#0.lock", which the message says word for word

  bool after_the_end() const { return failure_.tasks.empty(); }

  // By whom it failed: by a task, or by the final checks.
  bool is_failing(const Event& e) const {
    return after_the_end() ? e.phase == kFinish : e.phase == kParallel && e.task == failure_.task;
  }

  bool is_other(const Event& e) const {
    return e.phase == kParallel && (after_the_end() || e.task != failure_.task);
  }

  // Lock words change with each lock and unlock; only a message that names one is about it.
  bool is_lock_word(const Event& e) const {
    return locks_.contains(e.object) && !mentions(failure_.message, e.object);
  }

  // A counter that the failing task's last change has brought to 0, and another task has changed.
  std::optional<Place> shared_counter() const {
    std::optional<Place> counter;
    for (std::size_t i = trace_.events.size(); i-- > 0;) {
      const Event& e = trace_.events[i];
      if (e.kind != EventKind::store && e.kind != EventKind::rmw) continue;
      if (counter && is_other(e) && place_of(e) == *counter) return counter;
      if (counter || !is_failing(e) || is_lock_word(e)) continue;
      if (e.kind != EventKind::rmw || e.before == 0 || e.after != 0) return std::nullopt;
      counter = place_of(e);
    }
    return std::nullopt;
  }

  // The failing side's last access of an atomic field, else of any; of the final checks, which look
  // at everything, the last that the message speaks of. Where it names nothing, shared_counter().
  Place last_access() const {
    if (names_.empty() && !after_the_end())
      if (const auto counter = shared_counter()) return *counter;
    const Event* last = nullptr;
    for (std::size_t i = trace_.events.size(); i-- > 0;) {
      const Event& e = trace_.events[i];
      if (!is_failing(e) || !is_access(e) || is_lock_word(e)) continue;
      const bool plain = e.kind == EventKind::plain_read || e.kind == EventKind::plain_write;
      if (after_the_end() ? named(e.object) != 0 : !plain) return place_of(e);
      if (last == nullptr) last = &e;
    }
    return last == nullptr ? Place{} : place_of(*last);
  }

  unsigned named(const std::string& text) const {
    return static_cast<unsigned>(
        std::count_if(names_.begin(), names_.end(),
                      [&](const std::string& name) { return mentions(text, name); }));
  }

  // What the event puts there, and what was there before.
  std::string values_of(const Event& e) const {
    if (e.kind == EventKind::plain_write && e.known) return values_.after(e);
    const bool both = e.kind == EventKind::store || e.kind == EventKind::rmw;
    return both ? values_.change(e) : std::string{};
  }

  // How much the event tells of why it failed; 0: nothing.
  unsigned weight(const Event& e) const {
    if (!is_other(e) || is_lock_word(e)) return 0;
    const unsigned about = named(e.kind == EventKind::note ? e.text : e.object);
    const unsigned all = named(e.object + " " + values_of(e));
    if (std::max(about, all) > 1) return kTwoNames;
    if (is_access(e) && !is_change_of_memory(e)) return about;
    if (e.kind == EventKind::note) return 2 * about;
    if (!is_change_of_memory(e) && e.kind != EventKind::died) return 0;
    const bool plain = e.kind == EventKind::plain_write;
    const bool by_value = all > about && !plain;
    // That a counter went up or down, or a link of a list changed, says little.
    const bool little = !by_value && (plain || e.kind == EventKind::rmw);
    unsigned weight = by_value && !after_the_end() ? 3 : little ? all : 2 * all;
    if (mentions(failure_.message, e.object)) weight += kWholeName;
    if (place_of(e) == last_) weight += little ? 2 : 3;
    if (only_read(e)) weight += plain ? 1 : 2;
    return weight == 0 ? 0 : weight + 1;
  }

  // Where nobody else comes into question: of what the failing side or set-up did to named things.
  unsigned own_weight(const Event& e) const {
    if (!message_names_ || e.phase == kFinish || is_lock_word(e) || e.step == failure_.step)
      return 0;
    if (e.kind == EventKind::note) return named(e.text) > 1 ? kTwoNames : 0;
    if (e.kind != EventKind::store && e.kind != EventKind::rmw) return 0;
    const unsigned all = named(e.object + " " + values_of(e));
    if (mentions(failure_.message, e.object)) return kWholeName;
    if (all > 1) return kTwoNames;
    if (all > named(e.object)) return 2;
    // What the field's words tell of may be meant by a name that they do not have: of an address.
    return is_failing(e) && e.before_words != e.after_words ? 1 : 0;
  }

  bool only_read(const Event& e) const {
    return read_.contains(place_of(e)) && !written_.contains(place_of(e));
  }

  // Among equals the one whose place the failing side has read last, then the last.
  template <typename Weight>
  std::optional<std::size_t> heaviest(Weight weight_of) const {
    std::optional<std::size_t> best;
    std::pair<unsigned, std::size_t> most;
    for (std::size_t i = trace_.events.size(); i-- > 0;) {
      const Event& e = trace_.events[i];
      const std::pair w(weight_of(e), only_read(e) ? read_.at(place_of(e)) : 0);
      if (w.first == 0 || (best && w <= most)) continue;
      most = w;
      best = i;
    }
    return best;
  }

  // The last access of the same place by another task.
  std::optional<std::size_t> opposite(std::size_t at) const {
    const Event& mine = trace_.events[at];
    for (std::size_t i = at; i-- > 0;) {
      const Event& e = trace_.events[i];
      if (e.phase == kParallel && e.task != mine.task && is_access(e) &&
          place_of(e) == place_of(mine))
        return i;
    }
    return std::nullopt;
  }

  // Of "... in atomic context since spin_lock in drain", "still holds x#0.a (taken in both)" and
  // "preemption is off since x.lock": where the lock was taken. preempt_disable() is no event of
  // its own: whoever calls it for longer leaves a note.
  std::optional<std::size_t> begin_of_atomic() const {
    const auto holds = holds_of(trace_);
    for (const Hold* hold : held_at(holds, failure_.task, trace_.events.size())) {
      const Event& e = trace_.events[hold->taken];
      const bool taken_there =
          mentions(failure_.message, e.where.function) && mentions(failure_.message, e.operation);
      if (taken_there || mentions(failure_.message, e.object) ||
          mentions(failure_.message, without_number(e.object)))
        return hold->taken;
    }
    if (!mentions(failure_.message, "preempt_disable")) return std::nullopt;
    for (std::size_t i = trace_.events.size(); i-- > 0;)
      if (const Event& e = trace_.events[i];
          is_failing(e) && e.kind == EventKind::note && e.text.starts_with("preemption off"))
        return i;
    return std::nullopt;
  }

  const Trace& trace_;
  const Failure& failure_;
  Values values_;
  std::set<std::string> names_;  // in the message; else what the last access was about
  bool message_names_ = false;
  std::set<std::string> locks_;        // their words
  Place last_;                         // of the failing side's last access
  std::map<Place, std::size_t> read_;  // by the failing side: the last such event
  std::set<Place> written_;            // by the failing side
};

}  // namespace

std::vector<std::size_t> decisive_events(const Trace& trace, const Failure& failure) {
  return Judge(trace, failure).run();
}

}  // namespace rw::report
