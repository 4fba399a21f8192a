// Random walk: at each step any runnable task, all equally likely.
//
// No guarantee, but hard to beat on short programs (Thomson, Donaldson, Betts, TOPC 2016). Weak
// where one task must stay ahead of another for long.
#include "fuzz/exec/prng.h"
#include "fuzz/schedule/make.h"

namespace rw::schedule {

namespace {

class Random : public exec::Strategy {
 public:
  explicit Random(std::uint64_t seed) : prng_(seed) {}

  void begin(unsigned) override { ahead_of_ = 0; }
  unsigned pick(const exec::View& view) override {
    const unsigned task = view.runnable == ahead_of_ ? ahead_ : task_of(view.runnable);
    prng_.next();
    ahead_of_ = view.runnable;
    ahead_ = task_of(ahead_of_);
    return task;
  }
  unsigned choose(const exec::View&, unsigned, unsigned n, const char*,
                  const sync::site&) override {
    ahead_of_ = 0;  // what follows takes the place of the number that it was made of
    return choices_.choose(prng_, n);
  }

 private:
  unsigned task_of(exec::TaskSet runnable) const {
    return nth_task(runnable, prng_.peek_below(sync::count_tasks(runnable)));
  }

  exec::Prng prng_;
  MostlyBenign choices_;
  // Who is next is known a step early, if those who can run are the same: the processor, which
  // guesses wrongly whether to switch, then notices the sooner.
  exec::TaskSet ahead_of_ = 0;
  unsigned ahead_ = 0;
};

}  // namespace

StrategyPtr make_random(const Draw& from) {
  return std::make_unique<Random>(from.seed);
}

}  // namespace rw::schedule
