// SURW, selectively uniform random walk: of the steps that tasks make at a few chosen locations,
// every order is about equally likely (Zhao, Wolff, Mathur, Roychoudhury, ASPLOS 2025).
//
// Who makes the next chosen step is drawn in proportion to how many each task still has to make, as
// a profile counted them; until then all may run that do not stand before a chosen step, in any
// order or, half the time, by priorities. A random walk over all steps would nearly always
// interleave the few that matter in the middle of its distribution; this one reaches its ends as
// often. The locations are 1 to 3 of those that tasks share. Without a profile it is a random walk.
#include <algorithm>
#include <array>

#include "fuzz/exec/prng.h"
#include "fuzz/schedule/make.h"
#include "fuzz/schedule/profile.h"

namespace rw::schedule {

namespace {

constexpr unsigned kMostLocations = 3;
constexpr unsigned kNobody = exec::kMaxTasks;

class Surw : public exec::Strategy {
 public:
  explicit Surw(const Draw& from) : prng_(from.seed), profile_(from.profile) {}

  bool asked_always() const override { return true; }

  void begin(unsigned) override {
    chosen_.fill(0);
    left_.fill(0);
    next_ = kNobody;
    by_priority_ = prng_.chance(1, 2);
    for (std::uint32_t& p : priority_) p = static_cast<std::uint32_t>(prng_.next());
    if (profile_ != nullptr && !profile_->shared.empty()) choose_locations();
  }

  unsigned pick(const exec::View& view) override {
    if (next_ == kNobody) next_ = draw_next();
    exec::TaskSet may = 0;
    for (unsigned t = 0; t < view.task_count; ++t)
      if ((view.runnable >> t & 1U) != 0 && (t == next_ || !is_chosen(view.pending[t].location)))
        may |= sync::task_bit(t);
    if (may == 0) may = view.runnable;  // the profile was wrong, or who is next is blocked
    const unsigned picked = by_priority_ ? highest(may, priority_) : any(may);
    if (is_chosen(view.pending[picked].location)) chosen_step_made(picked);
    return picked;
  }

  unsigned choose(const exec::View&, unsigned, unsigned n, const char*,
                  const sync::site&) override {
    return choices_.choose(prng_, n);
  }

 private:
  void choose_locations() {
    const auto shared = static_cast<std::uint32_t>(profile_->shared.size());
    const unsigned count = 1 + prng_.below(kMostLocations);
    for (unsigned i = 0; i < count; ++i) {
      const Profile::Shared& s = profile_->shared[prng_.below(shared)];
      if (is_chosen(s.location)) continue;
      chosen_[i] = s.location;
      for (unsigned t = 0; t < exec::kMaxTasks; ++t) left_[t] += s.steps[t];
    }
  }

  bool is_chosen(std::uint32_t location) const {
    return location != 0 && std::find(chosen_.begin(), chosen_.end(), location) != chosen_.end();
  }

  unsigned draw_next() {
    std::uint32_t all = 0;
    for (const std::uint32_t n : left_) all += n;
    if (all == 0) return kNobody;
    std::uint32_t at = prng_.below(all);
    unsigned t = 0;
    while (at >= left_[t]) at -= left_[t++];
    return t;
  }

  void chosen_step_made(unsigned t) {
    if (left_[t] != 0) --left_[t];
    priority_[t] = static_cast<std::uint32_t>(prng_.next());
    next_ = kNobody;
  }

  unsigned any(exec::TaskSet mask) { return nth_task(mask, prng_.below(sync::count_tasks(mask))); }

  exec::Prng prng_;
  MostlyBenign choices_;
  const Profile* profile_;
  std::array<std::uint32_t, kMostLocations> chosen_{};     // locations; 0: none
  std::array<std::uint32_t, exec::kMaxTasks> left_{};      // chosen steps a task has yet to make
  std::array<std::uint32_t, exec::kMaxTasks> priority_{};  // drawn anew with each chosen step
  unsigned next_ = kNobody;                                // who makes the next chosen step
  bool by_priority_ = false;
};

}  // namespace

StrategyPtr make_surw(const Draw& from) {
  return std::make_unique<Surw>(from);
}

}  // namespace rw::schedule
