// Delay bounding: tasks take turns, each runs until it blocks or ends; at d random steps the one
// whose turn it is is passed over for the next (Emmi, Qadeer, Rakamaric, POPL 2011).
//
// Of all that run few tasks ahead of others this changes least from one schedule to the next: where
// no delay comes, it goes on as it would have. Many windows need one task to stand still while two
// others make some steps each, which is two delays here and a third priority change in PCT.
#include <array>

#include "fuzz/exec/prng.h"
#include "fuzz/schedule/make.h"

namespace rw::schedule {

namespace {

class Delay : public exec::Strategy {
 public:
  explicit Delay(const Draw& from) : prng_(from.seed), expected_(from.all_steps()) {}

  void begin(unsigned task_count) override {
    task_count_ = task_count;
    turn_ = prng_.below(task_count);
    const std::uint32_t steps = draw_span(prng_, expected_, 5);
    for (std::uint32_t& at : delay_at_) at = prng_.below(steps);
  }

  unsigned pick(const exec::View& view) override {
    for (std::uint32_t& at : delay_at_) {
      if (view.steps < at) continue;
      at = kDone;
      pass();
    }
    while ((view.runnable >> turn_ & 1U) == 0) pass();
    return turn_;
  }

  unsigned choose(const exec::View&, unsigned, unsigned n, const char*,
                  const sync::site&) override {
    return choices_.choose(prng_, n);
  }

 private:
  static constexpr std::uint32_t kDone = ~0U;

  void pass() { turn_ = turn_ + 1 == task_count_ ? 0 : turn_ + 1; }

  exec::Prng prng_;
  MostlyBenign choices_;
  std::uint32_t expected_;
  unsigned task_count_ = 1;
  unsigned turn_ = 0;
  std::array<std::uint32_t, 5> delay_at_{};
};

}  // namespace

StrategyPtr make_delay5(const Draw& from) {
  return std::make_unique<Delay>(from);
}

}  // namespace rw::schedule
