#include "fuzz/program/random_parts.h"

#include "fuzz/schedule/strategies.h"

namespace rw::program {

std::vector<std::uint8_t> random_stream(Prng& prng) {
  std::vector<std::uint8_t> stream(prng.between(8, 192));
  const std::uint32_t one_in = 1U << prng.between(0, 5);
  for (std::uint8_t& b : stream) {
    if (prng.chance(1, one_in)) b = static_cast<std::uint8_t>(prng.below(256));
  }
  return stream;
}

Schedule random_schedule(Prng& prng) {
  const auto strategies = schedule::strategies();
  Schedule s;
  std::uint32_t total = 0;
  for (const schedule::StrategyInfo& info : strategies) total += info.weight;
  std::uint32_t at = prng.below(total);
  while (at >= strategies[s.strategy].weight) at -= strategies[s.strategy++].weight;
  s.seed = prng.next();
  if (strategies[s.strategy].uses_stream) s.stream = random_stream(prng);
  return s;
}

}  // namespace rw::program
