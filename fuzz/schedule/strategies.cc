#include "fuzz/schedule/strategies.h"

#include "fuzz/schedule/make.h"

namespace rw::schedule {

std::span<const StrategyInfo> strategies() {
  static constexpr StrategyInfo kAll[] = {
#define RW_STRATEGY(name, weight, uses_stream, what) \
  {#name, what, weight, uses_stream, make_##name},
#include "fuzz/schedule/strategies.def"
#undef RW_STRATEGY
  };
  return kAll;
}

}  // namespace rw::schedule
