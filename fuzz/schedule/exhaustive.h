// Exhaustive: every execution of a program that differs in the order of conflicting steps or in a
// value choice, one after the other.
//
// Source-DPOR (Abdulla, Aronis, Jonsson, Sagonas, "Optimal dynamic partial order reduction", POPL
// 2014, algorithm 1). Depth-first over who makes the next step. Where an execution that has been
// run holds a race, two conflicting steps that nothing else orders, a task that leads to the other
// order is added to those to be tried before the earlier step, unless one that does is there
// already (source sets). A task whose step has been explored from some state is not picked again
// below it before a conflicting step has been made (sleep sets, Godefroid 1996). Value choices are
// all tried.
//
// What a step touches is what it was seen to touch (footprint.h), so steps of coarse operations and
// what oracles compare are covered. A woken task is ordered behind its waker. Where it is not plain
// that the task a race asks for can be picked, all are tried.
//
// Spin loops. A task that comes to the relax of a loop for the second time goes round again only
// when something that the last round touched has been written since, or it took a stale value (or
// nobody else can make a step): rounds that see the same do the same. So a loop that waits must end
// by what it reads; one that ends by a count is explored as if the count were high. Spurious
// wake-ups and failures do not happen, for they only send a loop round once more.
//
// Promises: each equivalence class of executions (Mazurkiewicz traces over that notion of conflict,
// times value choices) runs to its end exactly once, in a program without spin loops; prefixes of
// others are given up where they turn out to be repetitions, and counted. In a program with spin
// loops some classes run more than once: a task at a relax waits for any step of another, or for
// one that brings news, which orders steps that do not conflict, so nobody who makes such a one is
// put to sleep there (docs/memory.md has how many); classes that differ in rounds that see nothing
// new need not all run. With a bound on preemptions there is no reduction (together they would miss
// executions): every schedule within the bound. Leaves out: wakeup trees (optimal DPOR), which
// would begin no repetition at all.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/exec/strategy.h"
#include "fuzz/schedule/footprint.h"

namespace rw::schedule {

class Exhaustive : public exec::Strategy {
 public:
  static constexpr unsigned kNoBound = std::numeric_limits<unsigned>::max();
  static constexpr std::size_t kNoDepth = std::numeric_limits<std::size_t>::max();

  explicit Exhaustive(unsigned preemptions = kNoBound) : bound_(preemptions) {}

  // After an execution: whether there is another one. `begin` of the next goes on from there.
  // `cut`: it ended before its tasks had (by a failure), so not all of its races are known.
  bool next(bool cut);
  // Of the execution that has just ended: it repeated another and was given up.
  bool repeated() const { return repeated_; }
  // A guess, from the choices left open on the way to where the search is, of how much of it is
  // done: in (0, 1].
  double share_done() const;
  // Branches that it knows to be open, the one that comes next included; running one may open more.
  std::size_t open_branches() const;

  // Splitting what is left (after load(), if it is part of a whole): executions are given up
  // `steps` steps below where the search begins, at_border() then is true and saved() a search of
  // its own, of all that is left to follow from there. The searches met are disjoint, and together
  // with the executions that end before that depth they are what was left.
  void split_at(std::size_t steps) { border_ = base_ + steps; }
  bool at_border() const { return at_border_; }

  // Some task was not let go round a spin loop again before another had made a step, or because it
  // would have seen what it saw the round before: if such a loop counts its rounds, it was not
  // followed to its end.
  bool held_back() const { return held_back_; }
  // The bound kept some task from being picked: a larger one has more executions.
  bool limited() const { return limited_; }

  // The search as text lines, between executions: what is left of it, or what is below a border.
  std::string saved() const;
  // Goes on from what saved() returned, under the same program and bound. False: it is no such
  // text.
  bool load(std::string_view text);

  bool asked_always() const override { return true; }
  bool wants_touches() const override { return bound_ == kNoBound; }
  void begin(unsigned task_count) override;
  unsigned pick(const exec::View& view) override;
  unsigned choose(const exec::View& view, unsigned task, unsigned n, const char* what,
                  const sync::site& where) override;
  void touches(std::uint32_t location, bool writes) override;

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  // [task]: 1 + index of its last step that happens before, or is, a step; 0: none.
  using Order = std::array<std::uint32_t, exec::kMaxTasks>;

  struct Sleeper {
    std::uint8_t task;
    Footprint footprint;
  };
  struct Choice {
    std::uint16_t value, count;
  };

  // A step: who makes it, the values chosen in it, and what else is to be tried in its place.
  struct Frame {
    std::uint8_t chosen = 0;
    exec::TaskSet open = 0;       // tasks yet to be tried here
    exec::TaskSet enabled = 0;    // tasks that could be picked
    exec::TaskSet held = 0;       // in a spin loop, kept back for this one step only
    bool kept_back = false;       // the task of the step before has come to a relax
    std::vector<Choice> choices;  // in the chosen task's step
    std::vector<Sleeper> asleep;  // at this state: inherited ones, then those explored here
    std::size_t inherited = 0;    // of them
    Footprint ever;               // of the chosen task's step, over all values chosen in it
    // Of this execution's step:
    Footprint now;
    bool again = false;  // it goes round a spin loop once more
    bool alone = false;  // all were in spin loops in vain: it comes after everything
    std::size_t waker = kNone;
    Order order{};
  };

  // Where a task stands in a spin loop.
  struct Spin {
    sync::site where;
    std::uint16_t op = 0;
    std::size_t round = kNone;  // frame of the relax step with which the last round began
    std::size_t seen = 0;       // frames looked at for news
    bool news = false;
  };

  bool reduces() const { return bound_ == kNoBound; }
  bool go_back();
  bool push(const exec::View& view);
  void see_candidates(Frame& frame, const exec::View& view);
  void note_wakers(const exec::View& view);
  void note_relax(Frame& frame, const exec::View& view);
  bool comes_again(const exec::View& view, unsigned task) const;
  bool in_vain(const exec::View& view, unsigned task);
  bool lets_go(const Footprint& step, const Frame& frame, const exec::View& view) const;
  static exec::TaskSet sleeping(const Frame& frame);

  // exhaustive_races.cc
  void find_races();
  void find_races_of(std::size_t later);
  void reverse(std::size_t earlier, std::size_t later);
  void let_go(std::size_t at);
  void try_others(std::size_t at);
  void try_all(std::size_t to);

  unsigned bound_;
  std::vector<Frame> frames_;  // those before size_ are the path; the rest keeps its memory
  std::size_t size_ = 0;
  std::size_t base_ = 0;   // frames before it belong to whoever split the search
  std::size_t fresh_ = 0;  // frames before it are as in the execution before
  std::size_t depth_ = 0;  // steps of this execution so far
  std::size_t border_ = kNoDepth;
  std::size_t choices_ = 0;  // made in the running step
  unsigned preemptions_ = 0;
  bool repeated_ = false;
  bool at_border_ = false;
  bool begun_ = false;  // an execution, since next()
  bool rerun_ = false;  // the execution is that before it once more
  std::array<Spin, exec::kMaxTasks> spins_{};
  bool held_back_ = false;
  bool limited_ = false;
  std::array<std::size_t, exec::kMaxTasks> waker_{};  // [task]: frame of the step that woke it
  exec::TaskSet runnable_ = 0;                        // before the running step
};

}  // namespace rw::schedule
