// POS, partial order sampling: every pending step has a random priority and the highest goes first;
// steps that race with the one just made draw theirs anew (Yuan, Yang, Gu, CAV 2018).
//
// Spreads its samples over partial orders rather than over step sequences, so steps that commute
// do not use up the chances of those that do not.
#include <array>

#include "fuzz/exec/prng.h"
#include "fuzz/schedule/make.h"

namespace rw::schedule {

namespace {

class Pos : public exec::Strategy {
 public:
  explicit Pos(std::uint64_t seed) : prng_(seed) {}

  void begin(unsigned) override {
    for (auto& p : priority_) p = prng_.next();
  }

  unsigned pick(const exec::View& view) override {
    return pick_by_pos(view, view.runnable, priority_, prng_);
  }

  unsigned choose(const exec::View&, unsigned, unsigned n, const char*,
                  const sync::site&) override {
    return choices_.choose(prng_, n);
  }

 private:
  exec::Prng prng_;
  MostlyBenign choices_;
  std::array<std::uint64_t, exec::kMaxTasks> priority_{};
};

}  // namespace

StrategyPtr make_pos(const Draw& from) {
  return std::make_unique<Pos>(from.seed);
}

}  // namespace rw::schedule
