// How often each strategy makes a program fail: what a schedule strategy is worth, measured apart
// from the making of programs.
//
// Promises: the same shares for the same program, seed and count. Leaves out: what a schedule
// costs; strategies with a profile run a program twice for each.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "fuzz/program/program.h"

namespace rw::engine {

// For each of schedule::strategies(), how many of `count` schedules of `p`, with seeds drawn from
// `seed`, fail: with the key that `p` expects, or at all if it expects none. A strategy that is
// told how many steps to expect is told those of a first run. Fewer rows if `stop` says so.
std::vector<std::uint32_t> strategy_shares(const program::Program& p, std::uint32_t count,
                                           std::uint64_t seed, const std::function<bool()>& stop);

}  // namespace rw::engine
