#include "fuzz/schedule/strategies.h"

#include "fuzz/schedule/make.h"

namespace rw::schedule {

std::span<const StrategyInfo> strategies() {
  static constexpr StrategyInfo kAll[] = {
      {"random", "any runnable task at each step", false, make_random},
      {"pct2", "priorities with 1 random change point", false, make_pct2},
      {"pct3", "priorities with 2 random change points", false, make_pct3},
      {"pos", "random priorities per step, drawn anew on conflict", false, make_pos},
      {"guided", "decisions from the input's bytes, at conflicting steps", true, make_guided},
  };
  return kAll;
}

}  // namespace rw::schedule
