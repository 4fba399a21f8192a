// For tests of Exhaustive: which executions it has run are the same but for the order of steps that
// do not meet.
//
// Two executions are one class if the same tasks make the same steps, with the same values chosen,
// and every two steps that conflict, or of which one wakes the other's task, come in the same order
// (Mazurkiewicz traces). Exhaustive's own bookkeeping is not used: steps are logged as they are
// made. Leaves out: hash collisions, of 64 bits.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include "fuzz/schedule/exhaustive.h"

namespace rw::schedule {

class ExhaustiveWithClasses : public Exhaustive {
 public:
  using Exhaustive::Exhaustive;

  // After an execution that has run to its end: notes its class.
  void note_class() { classes_.insert(class_of_this()); }
  std::size_t classes() const { return classes_.size(); }

  void begin(unsigned task_count) override {
    steps_.clear();
    made_ = {};
    runnable_ = 0;
    waker_.fill(kNobody);
    Exhaustive::begin(task_count);
  }
  unsigned pick(const exec::View& view) override {
    for (unsigned t = 0; t < view.task_count && !steps_.empty(); ++t)
      if (view.pending[t].kind == exec::StepKind::wake && t != view.current &&
          (view.runnable & ~runnable_ & sync::task_bit(t)) != 0)
        waker_[t] = steps_.size() - 1;
    runnable_ = view.runnable;
    const unsigned task = Exhaustive::pick(view);
    if (task == kGiveUp) return task;
    steps_.push_back({.task = task, .number = made_[task]++, .waker = waker_[task]});
    waker_[task] = kNobody;
    return task;
  }
  unsigned choose(const exec::View& view, unsigned task, unsigned n, const char* what,
                  const sync::site& where) override {
    const unsigned value = Exhaustive::choose(view, task, n, what, where);
    steps_.back().chosen = mixed(steps_.back().chosen, value + 1);
    return value;
  }
  void touches(std::uint32_t location, bool writes) override {
    Exhaustive::touches(location, writes);
    if (!steps_.empty()) steps_.back().footprint.add(location, writes);
  }

 private:
  static constexpr std::size_t kNobody = ~std::size_t{0};
  struct Step {
    unsigned task, number;  // the task's number-th
    std::size_t waker;
    std::uint64_t chosen = 0;
    Footprint footprint = {};
    std::uint64_t name() const { return task * 100'000ULL + number + 1; }
  };

  static std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
    std::uint64_t x = a * 0x9e3779b97f4a7c15ULL + b + 0x7f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
  }
  // A sum over steps and pairs, so that it does not depend on the order they come in.
  std::uint64_t class_of_this() const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const Step& later = steps_[i];
      sum += mixed(later.name(), mixed(1, later.chosen));
      for (std::size_t k = 0; k < i; ++k)
        if (steps_[k].task != later.task &&
            (k == later.waker || conflict(steps_[k].footprint, later.footprint)))
          sum += mixed(later.name(), mixed(2, steps_[k].name()));
    }
    return sum;
  }

  std::vector<Step> steps_;
  std::array<unsigned, exec::kMaxTasks> made_{};
  std::array<std::size_t, exec::kMaxTasks> waker_{};
  exec::TaskSet runnable_ = 0;
  std::set<std::uint64_t> classes_;
};

}  // namespace rw::schedule
