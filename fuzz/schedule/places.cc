// Places: like PCT, random priorities and a few points at which the running task's drops below all
// others; but the points are drawn evenly over the places in the code from which a profile has seen
// steps made, and only then over the visits to a place. Half the time a task's priority is also
// drawn anew with each of its ops, so that the ops of a program meet in any order.
//
// Most steps are made from a few places: locks, loops over tables. PCT spends its change points on
// those. A window of one or two steps between an unlock and a flush, which no loop repeats, is here
// as likely as all visits of a loop. If the code asked for a choice of the design that is not the
// default, half of the points lie in the few steps after that. Without a profile there are none.
#include <algorithm>
#include <array>
#include <bit>

#include "fuzz/exec/prng.h"
#include "fuzz/schedule/make.h"
#include "fuzz/schedule/profile.h"

namespace rw::schedule {

namespace {

constexpr unsigned kMostPoints = 6;

class Places : public exec::Strategy {
 public:
  explicit Places(const Draw& from) : prng_(from.seed), profile_(from.profile) {}

  bool asked_always() const override { return true; }

  void begin(unsigned) override {
    for (auto& p : priority_) p = random_priority();
    lowest_ = kMostPoints;
    op_ = {};
    by_ops_ = prng_.chance(1, 2);
    points_ = {};
    if (profile_ == nullptr || profile_->places.empty()) return;
    const auto near_choices = static_cast<std::uint32_t>(
        std::count_if(profile_->places.begin(), profile_->places.end(), is_near_choice));
    const auto count = 1 + prng_.below(kMostPoints);
    for (unsigned i = 0; i < count; ++i) {
      const bool near = near_choices != 0 && prng_.chance(1, 2);
      const Profile::Place& place = near ? near_choice(prng_.below(near_choices)) : any_place();
      points_[i] = {.where = place.where, .task = place.task, .left = 1 + prng_.below(place.steps)};
    }
  }

  unsigned pick(const exec::View& view) override {
    for (unsigned t = 0; by_ops_ && t < view.task_count; ++t) {
      if (view.op[t] == op_[t]) continue;
      op_[t] = view.op[t];
      priority_[t] = random_priority();
    }
    for (;;) {
      const unsigned best = highest(view.runnable, priority_);
      if (!stops(best, view.pending[best])) return best;
      priority_[best] = lowest_--;
    }
  }

  unsigned choose(const exec::View&, unsigned, unsigned n, const char*,
                  const sync::site&) override {
    return choices_.choose(prng_, n);
  }

 private:
  struct Point {
    sync::site where;
    unsigned task = 0;
    std::uint32_t left = 0;  // visits until it is met; 0: met, or none
  };

  static bool is_near_choice(const Profile::Place& place) { return place.near_choice; }

  const Profile::Place& any_place() {
    return profile_->places[prng_.index(profile_->places.size())];
  }
  // The n-th place, from 0, of those near to a choice.
  const Profile::Place& near_choice(std::uint32_t n) const {
    auto place = std::find_if(profile_->places.begin(), profile_->places.end(), is_near_choice);
    while (n-- > 0) place = std::find_if(place + 1, profile_->places.end(), is_near_choice);
    return *place;
  }

  // Above what change points hand out.
  std::uint32_t random_priority() { return kMostPoints + 1 + prng_.below(1U << 30U); }

  // Whether a point is met before this step. If not, the step will be made.
  bool stops(unsigned task, const exec::PendingStep& step) {
    const auto here = [&](const Point& p) {
      return p.left != 0 && p.task == task &&
             std::bit_cast<std::uintptr_t>(p.where) == std::bit_cast<std::uintptr_t>(step.where);
    };
    bool stop = false;
    for (Point& p : points_) stop = stop || (here(p) && p.left == 1);
    for (Point& p : points_)
      if (here(p) && (!stop || p.left == 1)) --p.left;
    return stop;
  }

  exec::Prng prng_;
  MostlyBenign choices_;
  const Profile* profile_;
  std::array<std::uint32_t, exec::kMaxTasks> priority_{};
  std::array<Point, kMostPoints> points_{};
  std::uint32_t lowest_ = kMostPoints;               // what the next change point hands out
  std::array<std::uint16_t, exec::kMaxTasks> op_{};  // that a task was seen in
  bool by_ops_ = false;
};

}  // namespace

StrategyPtr make_places(const Draw& from) {
  return std::make_unique<Places>(from);
}

}  // namespace rw::schedule
