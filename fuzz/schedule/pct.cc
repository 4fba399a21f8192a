// PCT: random priorities, the highest runnable task runs, and at d-1 random steps the running
// task's priority drops below all others (Burckhardt, Kothari, Musuvathi, Nagarakatti, ASPLOS
// 2010).
//
// A bug of depth d in a program of n tasks and k steps is hit with probability >= 1/(n * k^(d-1)).
// k is learnt from earlier runs of programs like this one, or drawn (draw_span in make.h).
#include <algorithm>
#include <array>

#include "fuzz/exec/prng.h"
#include "fuzz/schedule/make.h"

namespace rw::schedule {

namespace {

constexpr unsigned kMaxDepth = 8;

class Pct : public exec::Strategy {
 public:
  Pct(const Draw& from, unsigned depth)
      : prng_(from.seed), expected_(from.all_steps()), depth_(depth) {}

  void begin(unsigned task_count) override {
    // Initial priorities are above all that change points hand out (depth_ - 1 .. 1).
    std::array<unsigned, exec::kMaxTasks> order{};
    for (unsigned t = 0; t < task_count; ++t) {
      const unsigned at = prng_.below(t + 1);
      order[t] = order[at];
      order[at] = t;
    }
    for (unsigned i = 0; i < task_count; ++i) priority_[order[i]] = depth_ + i;
    const std::uint32_t steps = draw_span(prng_, expected_, 6);
    for (unsigned i = 0; i + 1 < depth_; ++i) change_at_[i] = prng_.below(steps);
    task_count_ = task_count;
    look_ahead();
  }

  unsigned pick(const exec::View& view) override {
    if (view.steps >= next_change_) [[unlikely]]
      pass_change_points(view);
    unsigned i = 0;
    while (!sync::has_task(view.runnable, order_[i])) ++i;
    return order_[i];
  }

  unsigned choose(const exec::View&, unsigned, unsigned n, const char*,
                  const sync::site&) override {
    return choices_.choose(prng_, n);
  }

 private:
  static constexpr std::uint32_t kDone = ~0U;

  // Picks are skipped while one task alone can run: change points passed meanwhile are due now.
  void pass_change_points(const exec::View& view) {
    for (unsigned i = 0; i + 1 < depth_; ++i) {
      if (change_at_[i] == kDone || view.steps < change_at_[i]) continue;
      change_at_[i] = kDone;
      priority_[highest(view.runnable, priority_)] = depth_ - 1 - i;
    }
    look_ahead();
  }

  // What picks go by until the next change point.
  void look_ahead() {
    exec::TaskSet rest = sync::tasks_below(task_count_);
    for (unsigned i = 0; i < task_count_; ++i) {
      order_[i] = static_cast<std::uint8_t>(highest(rest, priority_));
      rest &= ~sync::task_bit(order_[i]);
    }
    next_change_ = *std::min_element(change_at_.begin(), change_at_.begin() + depth_ - 1);
  }

  exec::Prng prng_;
  MostlyBenign choices_;
  std::uint32_t expected_;
  unsigned depth_;
  std::array<unsigned, exec::kMaxTasks> priority_{};
  std::array<std::uint32_t, kMaxDepth> change_at_{};
  unsigned task_count_ = 0;
  std::array<std::uint8_t, exec::kMaxTasks> order_{};  // tasks, the highest priority first
  std::uint32_t next_change_ = 0;                      // the least of change_at_
};

}  // namespace

StrategyPtr make_pct2(const Draw& from) {
  return std::make_unique<Pct>(from, 2);
}
StrategyPtr make_pct3(const Draw& from) {
  return std::make_unique<Pct>(from, 3);
}

}  // namespace rw::schedule
