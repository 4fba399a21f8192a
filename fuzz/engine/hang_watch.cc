#include "fuzz/engine/hang_watch.h"

#include <algorithm>

#include "fuzz/engine/clock.h"

namespace rw::engine {

HangWatch::HangWatch() : beat_at_(now()) {}

bool HangWatch::hangs(const std::atomic<std::uint64_t>& heartbeat, const WorkerProcess& worker,
                      double hang_seconds) {
  const double at = now();  // before the beat is read: this process may lose its core in between
  const std::uint64_t beat = heartbeat.load(std::memory_order_seq_cst);
  if (beat != beat_) {
    beat_ = beat;
    beat_at_ = at;
    starved_before_ = -1;
    return false;
  }
  // Not with each beat: it reads files.
  if (starved_before_ < 0 && at - beat_at_ > std::min(0.5, hang_seconds / 4)) {
    watched_from_ = at;
    starved_before_ = worker.starved();
  }
  const double silence = at - watched_from_;
  return starved_before_ >= 0 && silence > hang_seconds &&
         silence - (worker.starved() - starved_before_) > hang_seconds;
}

}  // namespace rw::engine
