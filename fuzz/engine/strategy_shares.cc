#include "fuzz/engine/strategy_shares.h"

#include "fuzz/engine/forecast.h"
#include "fuzz/engine/run.h"
#include "fuzz/program/prng.h"
#include "fuzz/program/random_parts.h"
#include "fuzz/schedule/strategies.h"
#include "fuzz/verdict/key.h"

namespace rw::engine {

std::vector<std::uint32_t> strategy_shares(const program::Program& p, std::uint32_t count,
                                           std::uint64_t seed, const std::function<bool()>& stop) {
  program::Program tried = p;
  tried.schedule = {};
  const exec::Result first = run(tried, {});

  std::vector<std::uint32_t> failed;
  for (const schedule::StrategyInfo& info : schedule::strategies()) {
    std::uint32_t n = 0;
    program::Prng prng(seed);
    for (std::uint32_t i = 0; i < count; ++i) {
      if (stop && stop()) return failed;
      tried.schedule = {};
      tried.schedule.strategy = static_cast<std::uint8_t>(failed.size());
      tried.schedule.seed = prng.next();
      if (info.uses_stream()) tried.schedule.stream = program::random_stream(prng);
      StepForecast::note(tried, first);
      const exec::Result result = run(tried, {});
      if (!result.failure) continue;
      n += p.key.empty() || verdict::key_of(*result.failure) == p.key ? 1 : 0;
    }
    failed.push_back(n);
  }
  return failed;
}

}  // namespace rw::engine
