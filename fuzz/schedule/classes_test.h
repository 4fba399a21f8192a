// For tests of Exhaustive: which executions are the same but for the order of steps that do not
// meet.
//
// Two executions are one class if the same tasks make the same steps, with the same values chosen,
// and every two steps that conflict, or of which one wakes the other's task, come in the same order
// (Mazurkiewicz traces). Rounds of a spin loop that see what the round before saw can be left out.
// Exhaustive's own bookkeeping is not used: steps are logged as they are made. Leaves out: hash
// collisions, of 64 bits.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include "fuzz/exec/strategy.h"
#include "fuzz/schedule/footprint.h"

namespace rw::schedule {

// The steps of one execution.
class StepLog {
 public:
  void begin() {
    steps_.clear();
    runnable_ = 0;
    waker_.fill(kNobody);
  }
  void picked(const exec::View& view, unsigned task) {
    for (unsigned t = 0; t < view.task_count && !steps_.empty(); ++t)
      if (view.pending[t].kind == exec::StepKind::wake && t != view.current &&
          (view.runnable & ~runnable_ & sync::task_bit(t)) != 0)
        waker_[t] = steps_.size() - 1;
    runnable_ = view.runnable;
    if (task == exec::Strategy::kGiveUp) return;
    steps_.push_back({task, view.pending[task].kind == exec::StepKind::relax, waker_[task]});
    waker_[task] = kNobody;
  }
  void chose(unsigned value) { steps_.back().chosen = mixed(steps_.back().chosen, value + 1); }
  void touched(std::uint32_t location, bool writes) {
    if (!steps_.empty()) steps_.back().footprint.add(location, writes);
  }

  std::uint64_t class_of_this() {
    std::array<unsigned, exec::kMaxTasks> made{};
    for (Step& step : steps_)
      if (!step.left_out) step.name = step.task * 100'000ULL + ++made[step.task];
    // A sum over steps and pairs, so that it does not depend on the order they come in.
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const Step& later = steps_[i];
      if (later.left_out) continue;
      sum += mixed(later.name, mixed(1, later.chosen));
      for (std::size_t k = 0; k < i; ++k)
        if (!steps_[k].left_out && steps_[k].task != later.task &&
            (k == later.waker || conflict(steps_[k].footprint, later.footprint)))
          sum += mixed(later.name, mixed(2, steps_[k].name));
    }
    return sum;
  }
  // Leaves out a relax and the steps behind it up to the next one of its task, if as many steps
  // before it have read the same and nobody has written there since.
  void leave_out_rounds_in_vain() {
    for (unsigned task = 0; task < exec::kMaxTasks; ++task) {
      std::vector<std::size_t> own;
      for (std::size_t i = 0; i < steps_.size(); ++i)
        if (steps_[i].task == task) own.push_back(i);
      for (std::size_t from = own.size(); from-- > 0;) {
        if (!steps_[own[from]].relax) continue;
        std::size_t end = from + 1;
        while (end < own.size() && !steps_[own[end]].relax) ++end;
        const std::size_t length = end - from - 1;
        if (end == own.size() || from < length || !is_repeated(own, from, length)) continue;
        for (std::size_t i = from; i < end; ++i) steps_[own[i]].left_out = true;
        own.erase(own.begin() + static_cast<std::ptrdiff_t>(from),
                  own.begin() + static_cast<std::ptrdiff_t>(end));
      }
    }
  }

 private:
  static constexpr std::size_t kNobody = ~std::size_t{0};
  struct Step {
    unsigned task;
    bool relax;
    std::size_t waker;
    std::uint64_t chosen = 0;
    Footprint footprint = {};
    bool left_out = false;
    std::uint64_t name = 0;
  };

  static std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
    std::uint64_t x = a * 0x9e3779b97f4a7c15ULL + b + 0x7f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
  }
  bool is_repeated(const std::vector<std::size_t>& own, std::size_t from,
                   std::size_t length) const {
    for (std::size_t i = 0; i < length; ++i) {
      const std::size_t before = own[from - length + i];
      const std::size_t again = own[from + 1 + i];
      const Footprint& seen = steps_[before].footprint;
      const Footprint& sees = steps_[again].footprint;
      if ((sees.read & (~seen.read | seen.written)) != 0 || sees.written != 0 ||
          steps_[again].chosen != steps_[before].chosen)
        return false;
      for (std::size_t k = before + 1; k < again; ++k)
        if (writes_into(steps_[k].footprint, seen)) return false;
    }
    return true;
  }

  std::vector<Step> steps_;
  std::array<std::size_t, exec::kMaxTasks> waker_{};
  exec::TaskSet runnable_ = 0;
};

// A strategy that tells of the classes of its executions. `Inner` takes part in all decisions.
template <typename Inner>
class WithClasses : public Inner {
 public:
  // After an execution that has run to its end.
  void note_class() {
    classes.insert(log_.class_of_this());
    log_.leave_out_rounds_in_vain();
    without_rounds_in_vain.insert(log_.class_of_this());
  }
  std::set<std::uint64_t> classes, without_rounds_in_vain;

  bool wants_touches() const override { return true; }
  void begin(unsigned task_count) override {
    log_.begin();
    Inner::begin(task_count);
  }
  unsigned pick(const exec::View& view) override {
    const unsigned task = Inner::pick(view);
    log_.picked(view, task);
    return task;
  }
  unsigned choose(const exec::View& view, unsigned task, unsigned n, const char* what,
                  const sync::site& where) override {
    const unsigned value = Inner::choose(view, task, n, what, where);
    log_.chose(value);
    return value;
  }
  void touches(std::uint32_t location, bool writes) override {
    Inner::touches(location, writes);
    log_.touched(location, writes);
  }

 private:
  StepLog log_;
};

}  // namespace rw::schedule
