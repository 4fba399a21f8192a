// ThreadLog: the steps that real threads made in one execution, each with the time at which it was
// made.
//
// What happened on threads can only be had again if the order is known in which it happened. Each
// task writes its own steps, in its own order, into its own part; the processor's time-stamp
// counter, which all cores share, puts the parts together. Nothing is written that another task
// writes too, so the log orders nothing by itself: a race stays one under ThreadSanitizer, and
// cores do not pass a cache line around for it. The counter is read just before the step, so two
// steps that are closer than some ten nanoseconds may stand the wrong way round; who follows the
// log looks around it too (fuzz/schedule/thread_order.h).
//
// The log is plain data of fixed size: it may lie in memory shared with another process, and is
// whole up to the last step whenever its writer dies. Places are lines and columns, so that another
// build can read them.
//
// Promises: the first kMaxSteps steps of each task, and the choices between them.
// Leaves out: set-up and final checks (they run alone), values (the replay makes them), later
// steps.
#pragma once

#include <cstdint>

#include "fuzz/exec/strategy.h"

namespace rw::exec {

struct LoggedStep {
  std::uint64_t when = 0;    // time-stamp counter, in ticks
  std::uint32_t place = 0;   // place_number() of its source position; 0: the task's start
  std::uint16_t op = 0;      // index of the op it belongs to
  std::uint16_t choice = 0;  // of a choice: the value taken, plus 1; 0: a step
};

struct ThreadLog {
  static constexpr std::uint32_t kMaxSteps = 4096;  // of a task
  std::uint32_t count[kMaxTasks];
  LoggedStep steps[kMaxTasks][kMaxSteps];
};

// Line and column: in one op hardly ever shared by two positions, and the same in every build.
inline std::uint32_t place_number(const sync::site& where) {
  return (where.line() << 10U) + where.column();
}

}  // namespace rw::exec
