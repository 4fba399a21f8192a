#include "fuzz/engine/hang_watch.h"

#include <algorithm>

#include "fuzz/engine/clock.h"

namespace rw::engine {

HangWatch::HangWatch() : beat_at_(now()) {}

bool HangWatch::hangs(std::uint64_t beat, const WorkerProcess& worker, double hang_seconds) {
  if (beat != beat_) {
    beat_ = beat;
    beat_at_ = now();
    starved_before_ = -1;
    return false;
  }
  const double silence = now() - beat_at_;
  // Not with each beat: it reads files.
  if (starved_before_ < 0 && silence > std::min(0.5, hang_seconds / 4))
    starved_before_ = worker.starved();
  return silence > hang_seconds && silence - (worker.starved() - starved_before_) > hang_seconds;
}

}  // namespace rw::engine
