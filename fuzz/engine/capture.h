// capture: a failure that was met on real threads, made to happen every time.
//
// The log of the run (exec/thread_log.h) says in which order the threads made their steps. A
// steered run in that order is tried first, then orders around it (schedule/thread_order.h), then
// any other schedules. The first run that fails in the same way becomes a list of decisions, which
// replays for ever. Steered runs see more than threads do: if they fail by an unordered or a dead
// access in the threads' order, and in no order as the threads did, that is the same failure met
// earlier.
//
// Promises: what is returned has failed again by its list, with the same key and trace (confirm()
// of run.h); a function of program, log and limits, but for the time. Leaves out: what only
// hardware shows. The run is made under the program's own memory model, so a store that a core kept
// to itself for a while is not seen under sc.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "fuzz/engine/death.h"
#include "fuzz/engine/run.h"
#include "fuzz/exec/thread_log.h"
#include "fuzz/program/program.h"

namespace rw::engine {

// earlier: in the order of the log, or around it, by an access that threads let pass.
enum class CapturedBy : std::uint8_t { log, around_log, earlier, search };

const char* name_of(CapturedBy by);  // "around_log"

struct CaptureLimits {
  std::uint64_t around = 4000;  // orders around the log
  std::uint64_t search = 4000;  // schedules that have nothing to do with it
  std::function<bool()> stop;   // asked now and then; true: enough
};

struct Captured {
  Found found;
  CapturedBy by = CapturedBy::log;
  std::uint64_t runs = 0;  // steered runs made
};

// `p`: what ran. `wanted`: whether a failure is the one that was met.
std::optional<Captured> capture(const program::Program& p, const exec::ThreadLog& log,
                                const Wanted& wanted, const CaptureLimits& limits);

// The same failure as one that an oracle reported on threads: the same key.
Wanted same_key(const std::string& key);
// As the end of a process: our detectors' kinds for what a sanitizer or the processor saw of it.
// Empty if they have none.
Wanted same_death(const Death& death);

}  // namespace rw::engine
