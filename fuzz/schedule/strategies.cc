#include "fuzz/schedule/strategies.h"

#include "fuzz/schedule/make.h"

namespace rw::schedule {

std::span<const StrategyInfo> strategies() {
  static constexpr StrategyInfo kAll[] = {
#define RW_STRATEGY(name, weight, input, what) {#name, what, weight, Input::input, make_##name},
#include "fuzz/schedule/strategies.def"
#undef RW_STRATEGY
  };
  return kAll;
}

}  // namespace rw::schedule
