#include "fuzz/program/random_parts.h"

#include "fuzz/program/edit.h"
#include "fuzz/schedule/strategies.h"
#include "fuzz/sync/check.h"

namespace rw::program {

std::vector<std::uint8_t> random_stream(Prng& prng) {
  std::vector<std::uint8_t> stream(prng.between(8, 192));
  const std::uint32_t one_in = 1U << prng.between(0, 5);
  for (std::uint8_t& b : stream) {
    if (prng.chance(1, one_in)) b = static_cast<std::uint8_t>(prng.below(256));
  }
  return stream;
}

Schedule random_schedule(Prng& prng, std::span<const std::uint32_t> weights) {
  const auto strategies = schedule::strategies();
  RW_CHECK(weights.empty() || weights.size() == strategies.size(), "one weight per strategy");
  const auto weight = [&](unsigned s) {
    return weights.empty() ? strategies[s].weight : weights[s];
  };
  Schedule s;
  std::uint32_t total = 0;
  for (unsigned i = 0; i < strategies.size(); ++i) total += weight(i);
  std::uint32_t at = prng.below(total);
  while (at >= weight(s.strategy)) at -= weight(s.strategy++);
  s.seed = prng.next();
  if (strategies[s.strategy].uses_stream()) s.stream = random_stream(prng);
  return s;
}

std::uint8_t random_value(const Program& p, const OperandKind& kind, Prng& prng) {
  std::uint8_t value = static_cast<std::uint8_t>(prng.below(kind.count));
  if (prng.chance(1, 4)) return value;
  std::uint32_t seen = 0;
  for (int list = kSetup; list < static_cast<int>(p.tasks.size()); ++list) {
    for (const Op& op : ops_of(p, list)) {
      const OpInfo& info = p.target->ops()[op.op];
      for (std::size_t i = 0; i < info.operands.size(); ++i)
        if (info.operands[i].kind == &kind && prng.chance(1, ++seen)) value = op.operand[i];
    }
  }
  return value;
}

}  // namespace rw::program
