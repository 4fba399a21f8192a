// Seconds for limits and progress lines. Nothing that decides what a run does reads a clock.
#pragma once

#include <chrono>

namespace rw::engine {

// Seconds since some fixed moment.
inline double now() {
  const std::chrono::duration<double> t = std::chrono::steady_clock::now().time_since_epoch();
  return t.count();
}

}  // namespace rw::engine
