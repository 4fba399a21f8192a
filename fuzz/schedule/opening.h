// Opening: the schedule that a search in one program begins with, and that `reversals` departs
// from.
//
// Tasks run in turn, the current one as long as it can; but who would touch again what nobody has
// touched since waits until somebody has: the first four times always, then every second time, and
// not if all others wait or are blocked. Thus most locks are contended and most reads have gone
// stale in the very first run.
// Promises: a function of the seed and of what it is told. Leaves out: values; who is held back.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "fuzz/exec/prng.h"
#include "fuzz/exec/strategy.h"
#include "fuzz/schedule/touched.h"

namespace rw::schedule {

class Opening {
 public:
  explicit Opening(std::uint64_t seed) : prng_(seed) {}

  void begin();
  // One of `may`, which is not empty and all of which can run; its step is made.
  unsigned pick(const exec::View& view, exec::TaskSet may);
  // From now on nobody waits, and the lowest task goes first if the current one cannot go on.
  void stop_waiting() { waiting_ = false; }

 private:
  bool waits(unsigned task, const exec::PendingStep& step);

  exec::Prng prng_;
  Touched touched_;
  std::array<std::uint16_t, exec::kMaxTasks> waited_{};  // how often a task could have
  exec::TaskSet decided_ = 0;  // who has decided whether its pending step waits
  exec::TaskSet patient_ = 0;  // whose does
  bool waiting_ = true;
};

std::unique_ptr<exec::Strategy> make_opening(std::uint64_t seed);

// `reversals` with seed n * kDepartures + i makes the i-th departure from the opening with seed n.
inline constexpr std::uint64_t kDepartures = 1024;

}  // namespace rw::schedule
