// Replay: follows a list of decisions, each named by (task, op, function, visit).
#include <fmt/format.h>

#include <cstring>
#include <vector>

#include "fuzz/schedule/make.h"
#include "fuzz/schedule/strategies.h"

namespace rw::schedule {

using exec::Segment;

struct Replay::State {
  explicit State(const exec::Decisions& d) : decisions(d) {}

  exec::Decisions decisions;
  std::size_t at = 0;  // the segment being followed
  bool begun = false;  // its task has made a step in it
  std::optional<Divergence> divergence;
  struct Count {
    unsigned task;
    unsigned op;
    std::string what;
    unsigned visits;
  };
  std::vector<Count> choices;

  void diverge(const exec::View& view, std::string why) {
    if (!divergence) divergence = Divergence{at, view.steps, std::move(why)};
  }

  void next_segment() {
    ++at;
    begun = false;
  }

  // Is the segment's task about to make the step before which the segment ends?
  static bool at_stop(const Segment& s, const exec::View& view) {
    return view.op[s.task] == s.op && view.visit[s.task] == s.visit &&
           view.function[s.task] != nullptr && s.function == view.function[s.task];
  }
  // Has it gone past that step without meeting it?
  static bool past_stop(const Segment& s, const exec::View& view) {
    if (view.op[s.task] != s.op) return view.op[s.task] > s.op;
    return view.function[s.task] != nullptr && s.function == view.function[s.task] &&
           view.visit[s.task] > s.visit;
  }

  static std::string stop_in_words(const Segment& s) {
    return fmt::format("op {} reached step {} in {}", s.op, s.visit, s.function);
  }

  // Can the segment at `at` go on? Moves to the one that can; false at the end of the list.
  bool settle(const exec::View& view) {
    while (at < decisions.segments.size()) {
      const Segment& s = decisions.segments[at];
      const bool runs = s.task < view.task_count && (view.runnable >> s.task & 1U) != 0;
      if (begun && s.until == Segment::Until::step && at_stop(s, view)) {
        next_segment();
        continue;
      }
      if (!runs) {
        const bool as_listed = begun && s.until != Segment::Until::step;
        if (!as_listed)
          diverge(view, s.until == Segment::Until::step
                            ? fmt::format("T{} cannot run before {}", s.task, stop_in_words(s))
                            : fmt::format("T{} cannot run when its turn comes", s.task));
        next_segment();
        continue;
      }
      if (s.until != Segment::Until::step) return true;
      if (at_stop(s, view)) {
        if (!begun)
          diverge(view, fmt::format("T{} already stands where {}", s.task, stop_in_words(s)));
        next_segment();
        continue;
      }
      if (past_stop(s, view)) {
        diverge(view, fmt::format("T{} is past the point where {}", s.task, stop_in_words(s)));
        next_segment();
        continue;
      }
      return true;
    }
    return false;
  }
};

Replay::Replay(const exec::Decisions& decisions) : state_(std::make_unique<State>(decisions)) {}
Replay::~Replay() = default;

bool Replay::follows_names() const {
  return true;
}

void Replay::begin(unsigned) {
  state_->at = 0;
  state_->begun = false;
  state_->divergence.reset();
  state_->choices.clear();
}

unsigned Replay::pick(const exec::View& view) {
  State& s = *state_;
  if (s.settle(view)) {
    s.begun = true;
    return s.decisions.segments[s.at].task;
  }
  if (!s.decisions.segments.empty())
    s.diverge(view, "the list of switches is used up and tasks can still run");
  const bool can_go_on = (view.runnable >> view.current & 1U) != 0;
  return can_go_on ? view.current : nth_task(view.runnable, 0);
}

unsigned Replay::choose(const exec::View& view, unsigned task, unsigned n, const char* what,
                        const sync::site&) {
  State& s = *state_;
  const unsigned op = view.op[task];
  unsigned visit = 0;
  for (State::Count& c : s.choices)
    if (c.task == task && c.op == op && c.what == what) visit = ++c.visits;
  if (visit == 0) {
    s.choices.push_back({task, op, what, 1});
    visit = 1;
  }
  for (const exec::ChoiceMade& made : s.decisions.choices) {
    if (made.task != task || made.op != op || made.visit != visit || made.what != what) continue;
    if (made.value < n) return made.value;
    s.diverge(view, fmt::format("T{} has {} values for choice {}, the list says {}", task, n, what,
                                made.value));
  }
  return 0;
}

const std::optional<Divergence>& Replay::divergence() const {
  return state_->divergence;
}

}  // namespace rw::schedule
