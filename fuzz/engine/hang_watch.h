// HangWatch: whether a worker hangs, from its heartbeat.
//
// Promises: time in which the worker's threads stood ready and got no core is not held against it:
// a machine that is overloaded makes no finding. Leaves out: what to do about it.
#pragma once

#include <cstdint>

#include "fuzz/engine/worker_process.h"

namespace rw::engine {

class HangWatch {
 public:
  HangWatch();

  // `beat` is the worker's heartbeat now. True once it has not changed for `hang_seconds`. To be
  // asked several times a second.
  bool hangs(std::uint64_t beat, const WorkerProcess& worker, double hang_seconds);

 private:
  std::uint64_t beat_ = 0;
  double beat_at_;
  double starved_before_ = -1;  // what WorkerProcess::starved() said early in this silence
};

}  // namespace rw::engine
