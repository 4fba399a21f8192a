// What strategy files share: a factory each (strategies.def lists them), choices, task masks.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "fuzz/exec/strategy.h"

namespace rw::schedule {

using Stream = std::span<const std::uint8_t>;
using StrategyPtr = std::unique_ptr<exec::Strategy>;

#define RW_STRATEGY(name, weight, uses_stream, what) \
  StrategyPtr make_##name(std::uint64_t seed, Stream stream);
#include "fuzz/schedule/strategies.def"
#undef RW_STRATEGY

// A value choice of the seeded strategies: usually the benign one, so that rare values (a spurious
// wake-up, a stolen lock) stay rare but happen.
template <typename Prng>
unsigned choose_mostly_benign(Prng& prng, unsigned n) {
  return prng.chance(1, 8) ? prng.below(n) : 0;
}

// The n-th (from 0) task whose bit is set in `mask`, from a table: a loop's branches would be
// mispredicted at every step.
struct NthTask {
  std::uint8_t of[256][exec::kMaxTasks] = {};
  constexpr NthTask() {
    for (unsigned mask = 0; mask < 256; ++mask)
      for (unsigned task = 0, n = 0; task < exec::kMaxTasks; ++task)
        if ((mask >> task & 1U) != 0) of[mask][n++] = static_cast<std::uint8_t>(task);
  }
};
inline constexpr NthTask kNthTask;
inline unsigned nth_task(std::uint32_t mask, unsigned n) {
  return kNthTask.of[mask][n];
}

}  // namespace rw::schedule
