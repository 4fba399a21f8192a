// Exhaustive: every execution of a program that differs in the order of conflicting steps or in a
// value choice, one after the other.
//
// Depth-first over the decisions, with sleep sets (Godefroid 1996): a task whose pending step has
// been explored from some state is not picked again below it before a step that conflicts has been
// made. What a step touches is what it was seen to touch, in all that runs until the task's next
// step, so steps of coarse operations and what oracles of the engine compare are covered.
//
// A task in a spin loop goes round once more only when something that the last round read has been
// written since (or nobody else can make a step): rounds that see the same do the same. Spurious
// wake-ups and failures do not happen, for they only send a loop round once more.
//
// Promises: each equivalence class of executions (Mazurkiewicz traces over that notion of conflict,
// times value choices) runs to its end exactly once; prefixes of others are given up where they
// turn out to be repetitions, and counted. With a bound on preemptions there are no sleep sets
// (together they would miss executions): every schedule within the bound.
// Leaves out: persistent or source sets, which would not begin some of the repetitions; ghost state
// that a target's oracles read without a step.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "fuzz/exec/strategy.h"

namespace rw::schedule {

class Exhaustive : public exec::Strategy {
 public:
  static constexpr unsigned kNoBound = std::numeric_limits<unsigned>::max();

  explicit Exhaustive(unsigned preemptions = kNoBound) : bound_(preemptions) {}

  // After an execution: whether there is another one. `begin` of the next goes on from there.
  bool next();
  // Of the execution that has just ended: it repeated another and was given up.
  bool repeated() const { return repeated_; }
  // A guess, from the choices left open on the way to where the search is, of how much of it is
  // done: in (0, 1].
  double share_done() const;

  bool asked_always() const override { return true; }
  bool wants_touches() const override { return bound_ == kNoBound; }
  void begin(unsigned task_count) override;
  unsigned pick(const exec::View& view) override;
  unsigned choose(const exec::View& view, unsigned task, unsigned n, const char* what,
                  const sync::site& where) override;
  void touches(std::uint32_t location, bool writes) override;

 private:
  struct Touch {
    std::uint32_t location;
    bool writes;
  };
  // All that a task did from one of its steps to before its next.
  using Footprint = std::vector<Touch>;

  struct Sleeper {
    std::uint8_t task;
    Footprint footprint;
  };

  // A decision: who makes the next step, or a value.
  struct Frame {
    bool is_choice = false;
    unsigned chosen = 0;          // task, or value
    unsigned count = 0;           // is_choice: values
    exec::TaskSet open = 0;       // tasks yet to be tried here
    Footprint footprint;          // of the chosen task's step, over all values chosen in it
    std::vector<Sleeper> asleep;  // at this state: inherited ones, then those explored here
  };

  static void add(Footprint& footprint, std::uint32_t location, bool writes);
  static bool conflict(const Footprint& a, const Footprint& b);
  void sleepers_below(const Frame& above, std::vector<Sleeper>& asleep) const;
  exec::TaskSet candidates(const exec::View& view);
  exec::TaskSet spinning_in_vain(const exec::View& view) const;

  unsigned bound_;
  std::vector<Frame> frames_;
  std::size_t depth_ = 0;      // frames of this execution so far
  std::size_t last_pick_ = 0;  // 1 + index of the frame of the step being made
  unsigned preemptions_ = 0;
  // Of each task: what it has touched since it last went round a spin loop, and whether another
  // task has written any of that since it stands before going round again.
  Footprint round_[exec::kMaxTasks];
  bool news_[exec::kMaxTasks] = {};
  unsigned running_ = 0;
  bool repeated_ = false;
};

}  // namespace rw::schedule
