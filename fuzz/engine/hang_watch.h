// HangWatch: whether a worker hangs, from its heartbeat.
//
// Promises: time in which the worker's threads stood ready and got no core is not held against it:
// a machine that is overloaded makes no finding; nor is silence that began while the watching
// process itself got no core. Leaves out: what to do about it.
#pragma once

#include <atomic>
#include <cstdint>

#include "fuzz/engine/worker_process.h"

namespace rw::engine {

class HangWatch {
 public:
  HangWatch();

  // True once the worker's heartbeat has not changed for `hang_seconds`. To be asked several times
  // a second.
  bool hangs(const std::atomic<std::uint64_t>& heartbeat, const WorkerProcess& worker,
             double hang_seconds);

 private:
  std::uint64_t beat_ = 0;
  double beat_at_;
  double watched_from_ = 0;     // the silence was first noticed then
  double starved_before_ = -1;  // what WorkerProcess::starved() said then; negative: not yet
};

}  // namespace rw::engine
