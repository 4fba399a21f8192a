// What strategy files share: a factory each (strategies.def lists them), choices, task masks.
#pragma once

#include <cstdint>
#include <memory>

#include "fuzz/schedule/strategies.h"

namespace rw::schedule {

using StrategyPtr = std::unique_ptr<exec::Strategy>;

#define RW_STRATEGY(name, weight, input, what) StrategyPtr make_##name(const Draw& from);
#include "fuzz/schedule/strategies.def"
#undef RW_STRATEGY

// A value choice of the seeded strategies: usually the benign one, so that rare values (a spurious
// wake-up, a stolen lock) stay rare but happen.
template <typename Prng>
unsigned choose_mostly_benign(Prng& prng, unsigned n) {
  return prng.chance(1, 8) ? prng.below(n) : 0;
}

// Over how many steps change points are spread: half the time as many as the run is expected to
// make, and a few more; otherwise one of `powers` powers of two from 16 on, so that short and long
// programs both get change points where they have steps.
template <typename Prng>
std::uint32_t draw_span(Prng& prng, std::uint32_t expected, unsigned powers) {
  if (expected != 0 && prng.chance(1, 2)) return expected + expected / 8;
  return 16U << prng.below(powers);
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

// What a strategy that wraps `inner` picks in its name: it is not asked where it would not be.
inline unsigned pick_of(exec::Strategy& inner, const exec::View& view) {
  const bool forced = (view.runnable & (view.runnable - 1)) == 0 && !inner.asked_always();
  return forced ? static_cast<unsigned>(__builtin_ctz(view.runnable)) : inner.pick(view);
}

// The task of `mask`, which names one at least, whose priority is highest.
template <typename Priorities>
unsigned highest(std::uint32_t mask, const Priorities& priority) {
  auto best = static_cast<unsigned>(__builtin_ctz(mask));
  for (unsigned t = best + 1; t < exec::kMaxTasks; ++t)
    if ((mask >> t & 1U) != 0 && priority[t] > priority[best]) best = t;
  return best;
}

}  // namespace rw::schedule
