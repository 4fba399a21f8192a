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

  void begin(unsigned) override {}
  unsigned pick(const exec::View& view) override {
    return nth_task(view.runnable, prng_.below(sync::count_tasks(view.runnable)));
  }
  unsigned choose(const exec::View&, unsigned, unsigned n, const char*,
                  const sync::site&) override {
    return choices_.choose(prng_, n);
  }

 private:
  exec::Prng prng_;
  MostlyBenign choices_;
};

}  // namespace

StrategyPtr make_random(const Draw& from) {
  return std::make_unique<Random>(from.seed);
}

}  // namespace rw::schedule
