// How many schedules of one program a strategy makes until the first fails: the figure that the
// literature compares strategies by.
//
// Promises: a function of the program, the strategy, the seed and the limit. Every execution is
// counted, the one run included that a strategy which needs a profile makes first; its profile is
// made once, as its authors do, in an opening (opening.h). A strategy that is told how many steps
// to expect is told those of the schedule before. Leaves out: programs that do nothing without a
// redraw, and time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "fuzz/program/program.h"

namespace rw::engine {

struct FirstFailure {
  std::uint64_t executions = 0;  // made, the failing one included
  std::uint64_t steps = 0;       // in all of them
  std::string kind;              // of the failure; empty: none within the limit
};

// Runs schedules of `p`, whose own schedule does not count, by the strategy with index `strategy`
// and with seeds drawn from `seed`, until one fails or `limit` executions are made. nullopt,
// `auto`: the run that makes the profile, some departures from it (reversals), and then strategies
// drawn as campaigns draw them. Ends early, without a failure, when `stop` says so.
FirstFailure first_failure(const program::Program& p, std::optional<unsigned> strategy,
                           std::uint64_t seed, std::uint64_t limit,
                           const std::function<bool()>& stop = {});

}  // namespace rw::engine
