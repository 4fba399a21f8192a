// What strategy files share: a factory each (strategies.def lists them), choices, task masks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "fuzz/schedule/strategies.h"

namespace rw::schedule {

using StrategyPtr = std::unique_ptr<exec::Strategy>;

#define RW_STRATEGY(name, weight, input, what) StrategyPtr make_##name(const Draw& from);
#include "fuzz/schedule/strategies.def"
#undef RW_STRATEGY

// The value choices of one run of a seeded strategy: mostly the benign one, so that rare values (a
// spurious wake-up, a stale load) stay rare but happen. How rare is drawn for each run: one bug
// needs a single stale load among many, another several.
class MostlyBenign {
 public:
  template <typename Prng>
  unsigned choose(Prng& prng, unsigned n) {
    if (one_in_ == 0) one_in_ = prng.chance(1, 2) ? 2 : 8;
    return prng.chance(1, one_in_) ? prng.below(n) : 0;
  }

 private:
  unsigned one_in_ = 0;  // 0: nothing was asked yet
};

// Over how many steps change points are spread: half the time as many as the run is expected to
// make, and a few more; otherwise one of `powers` powers of two from 16 on, so that short and long
// programs both get change points where they have steps.
template <typename Prng>
std::uint32_t draw_span(Prng& prng, std::uint32_t expected, unsigned powers) {
  if (expected != 0 && prng.chance(1, 2)) return expected + expected / 8;
  return 16U << prng.below(powers);
}

// The n-th (from 0) task of `set`. Of eight tasks from a table: a loop's branches would be
// mispredicted at every step.
struct NthTask {
  std::uint8_t of[256][8] = {};
  constexpr NthTask() {
    for (unsigned set = 0; set < 256; ++set)
      for (unsigned task = 0, n = 0; task < 8; ++task)
        if ((set >> task & 1U) != 0) of[set][n++] = static_cast<std::uint8_t>(task);
  }
};
inline constexpr NthTask kNthTask;
inline unsigned nth_task(exec::TaskSet set, unsigned n) {
  if constexpr (exec::kMaxTasks == 8) {
    return kNthTask.of[static_cast<std::size_t>(set)][n];
  } else {
    for (; n > 0; --n) set &= set - 1;
    return sync::first_task(set);
  }
}

// What a strategy that wraps `inner` picks in its name: it is not asked where it would not be.
inline unsigned pick_of(exec::Strategy& inner, const exec::View& view) {
  const bool forced = sync::has_one_task(view.runnable) && !inner.asked_always();
  return forced ? sync::first_task(view.runnable) : inner.pick(view);
}

// The task of `set`, which is not empty, whose priority is highest. Which one it is nobody can
// guess, the processor included.
template <typename Priorities>
unsigned highest(exec::TaskSet set, const Priorities& priority) {
  unsigned best = sync::first_task(set);
  for (exec::TaskSet rest = set & (set - 1); rest != 0; rest &= rest - 1) {
    const unsigned t = sync::first_task(rest);
    best = __builtin_unpredictable(priority[t] > priority[best]) ? t : best;
  }
  return best;
}

// The other tasks whose pending step conflicts with that of `task`. Without branches, which would
// be mispredicted at every other step.
inline exec::TaskSet who_conflicts(const exec::View& view, unsigned task) {
  const exec::PendingStep& step = view.pending[task];
  exec::TaskSet set = 0;
  if (step.location == 0) return set;
  for (unsigned t = 0; t < view.task_count; ++t) {
    const exec::PendingStep& other = view.pending[t];
    const unsigned meets = other.location == step.location ? 1 : 0;
    const unsigned writes = (other.writes ? 1U : 0U) | (step.writes ? 1U : 0U);
    set |= exec::TaskSet{meets & writes} << t;
  }
  return set & ~sync::task_bit(task);
}

// Of the tasks in `may` the one whose pending step has the highest priority, as POS has it: the
// step of who ran last is a new one, and so draws its own, and those that race with the one picked
// do.
template <typename Priorities, typename Prng>
unsigned pick_by_pos(const exec::View& view, exec::TaskSet may, Priorities& priority, Prng& prng) {
  priority[view.current] = prng.next();
  const unsigned best = highest(may, priority);
  for (exec::TaskSet s = who_conflicts(view, best); s != 0; s &= s - 1)
    priority[sync::first_task(s)] = prng.next();
  return best;
}

}  // namespace rw::schedule
