// One program on real threads, again and again, until it fails: for `capture` and its measure.
//
// The runs are made in a child process, each with other delays, because what a sanitizer reports or
// a wild pointer does ends the process that ran it. The log of the steps lies in memory that both
// processes share, so it is there whatever became of the child.
//
// Promises: the caller survives; nothing the child prints reaches the caller's streams.
// Asked of the caller: as of ChildRunner (dying.h).
// Leaves out: what is made of the failure (capture.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "fuzz/engine/capture.h"
#include "fuzz/exec/thread_log.h"
#include "fuzz/program/program.h"

namespace rw::engine {

struct OnThreadsLimits {
  std::uint64_t executions = 0;                            // 0: no bound
  double seconds = 0;                                      // 0: no bound
  std::uint64_t seed = 1;                                  // of the delays
  std::function<bool()> stop;                              // asked every 50 ms
  std::function<void(std::uint64_t executions)> progress;  // called then
};

struct OnThreads {
  std::uint64_t executions = 0;  // the failing one included
  double seconds = 0;
  bool failed = false;
  std::string kind, key, message;  // of the failure
  Wanted wanted;       // tells the same failure; empty: our detectors have no name for it
  std::string report;  // what the child wrote
  std::unique_ptr<exec::ThreadLog> log;  // of the last run
};

// `p` for threads mode with delays drawn from `seed` instead of its schedule's: the same ones again
// make the threads meet in the same places again.
program::Program with_delays(program::Program p, std::uint64_t seed);

// Runs `p` until it fails or a limit is reached.
OnThreads run_on_threads(const program::Program& p, const OnThreadsLimits& limits);

}  // namespace rw::engine
