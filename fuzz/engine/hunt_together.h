// Several known-wrong rules hunted at once, in a design that has them all: a measure of the
// generator and the strategies that costs one campaign instead of one for each rule.
//
// A failure counts for every rule in whose own design the same program fails too.
// Promises: equal arguments give equal results but for the seconds.
// Leaves out: rules that end the process they are found in, and what one bug hides of another: the
// numbers compare two generators, they do not say how long a rule takes on its own (hunt.h does).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "fuzz/program/design.h"
#include "fuzz/program/result.h"
#include "fuzz/target.h"

namespace rw::engine {

struct TogetherOptions {
  Target* target = nullptr;
  std::vector<const Rule*> rules;
  std::uint64_t seed = 1;
  std::uint64_t executions = 150'000;
  std::optional<unsigned> strategy;  // as for a campaign
  std::function<bool()> stop;
};

struct Together {
  std::vector<std::optional<std::uint64_t>> first;  // executions, in the order of the rules
  std::uint64_t executions = 0, steps = 0;
  double seconds = 0;
  std::uint64_t unexplained = 0;  // findings that no rule shows on its own
};

// The design that has all of them. An error names two rules that want different values of one axis,
// or the one that does not hold in what the others make of it.
program::Result<program::DesignValues> joint_design(const Target& target,
                                                    const std::vector<const Rule*>& rules);

// joint_design() must have given a design.
Together hunt_together(const TogetherOptions& options);

}  // namespace rw::engine
