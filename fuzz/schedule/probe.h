// Probe: a random execution, and how many of those that Exhaustive would run it stands for.
//
// An execution that is drawn with probability p stands for 1/p (Knuth, "Estimating the efficiency
// of backtrack programs", Mathematics of Computation 29, 1975). Exhaustive runs one of each class
// of executions that differ in the order of steps that do not conflict; a class has as many orders
// as its happens-before relation has linear extensions, so a probe stands for that much less (they
// are counted, or, where they are too many for that, guessed). Every other execution picks all
// tasks alike, the rest those more often that have more steps left: the orders of tasks of unequal
// length that one of these ways draws seldom the other does not, and p is the mean over both (the
// balance heuristic of Veach and Guibas, "Optimally combining sampling techniques for Monte Carlo
// rendering", SIGGRAPH 1995). With a bound on preemptions there are no classes; there the few
// preemptions are spread over the execution, since drawn like anything else they would all come at
// its beginning.
//
// Promises: over many probes the mean tends to the number of executions, in programs without spin
// loops. A few thousand rather give too little than too much, by a factor of ten and more:
// executions that are drawn seldom stand for the most.
// Leaves out: repetitions that Exhaustive gives up; rounds of spin loops, which it takes to be
// gone round when nobody else can make a step.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fuzz/exec/prng.h"
#include "fuzz/exec/strategy.h"
#include "fuzz/schedule/footprint.h"

namespace rw::schedule {

class Probe : public exec::Strategy {
 public:
  using Cut = std::array<std::uint32_t, exec::kMaxTasks>;  // [task]: so many of its steps

  struct Step {
    unsigned task = 0;
    std::size_t waker = 0;  // 1 + the step that let its task go on; 0: none
    Footprint footprint;
    Cut before{};  // the steps that come before it, itself included
  };

  // `preemptions`: as Exhaustive's; kNoBound of it: none.
  Probe(std::uint64_t seed, unsigned preemptions);

  // Of the execution that has ended. 0: not known, for it was too long.
  double stands_for();
  std::size_t steps() const { return size_; }
  // What the counting of orders has cost so far, over all executions.
  std::size_t cuts() const { return cuts_; }

  bool asked_always() const override { return true; }
  bool wants_touches() const override { return reduces_; }
  void begin(unsigned task_count) override;
  unsigned pick(const exec::View& view) override;
  unsigned choose(const exec::View& view, unsigned task, unsigned n, const char* what,
                  const sync::site& where) override;
  void touches(std::uint32_t location, bool writes) override;

 private:
  // What tasks are drawn by.
  struct Shares {
    std::array<double, exec::kMaxTasks> of{};
    double all = 0;
    void add(unsigned task, double share) { all += of[task] = share; }
  };

  unsigned draw(exec::TaskSet from);
  unsigned draw_by(const Shares& shares, exec::TaskSet from);
  unsigned draw_either_way(exec::TaskSet from);
  unsigned draw_within_bound(const exec::View& view, exec::TaskSet others);
  void find_order();
  using Tasks = std::array<std::vector<const Step*>, exec::kMaxTasks>;
  Tasks by_task() const;
  long double count_orders(const Tasks& of);
  long double guess_orders(const Tasks& of);

  exec::Prng prng_;
  unsigned bound_;
  bool reduces_;
  unsigned task_count_ = 0;
  long double weight_ = 1;  // 1/p so far; of all but what draw_either_way() has drawn:
  long double p_alike_ = 1, p_by_left_ = 1;
  bool by_left_ = false;  // the way in which this execution is drawn
  // [task]: steps in this execution; the mean of those before.
  std::array<std::uint32_t, exec::kMaxTasks> made_{};
  std::array<double, exec::kMaxTasks> mean_{};
  double executions_ = 0;
  unsigned preemptions_ = 0;
  std::size_t expected_ = 0;  // steps, as in the execution before
  bool too_long_ = false;
  std::vector<Step> steps_;  // those from size_ on keep their memory
  std::size_t size_ = 0;
  std::size_t cuts_ = 0;
  std::vector<long double> orders_;  // of each cut, while they are counted
  exec::TaskSet runnable_ = 0;
  std::array<std::size_t, exec::kMaxTasks> waker_{};
};

}  // namespace rw::schedule
