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
  s.strategy = static_cast<std::uint8_t>(prng.below(static_cast<std::uint32_t>(strategies.size())));
  s.seed = prng.next();
  if (strategies[s.strategy].uses_stream) s.stream = random_stream(prng);
  return s;
}

}  // namespace rw::program
