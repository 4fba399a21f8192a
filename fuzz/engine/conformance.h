// Runs a conformance row under a memory model: every execution if they are few enough, otherwise,
// or if asked, samples.
//
// Promises: executions that the model does not have (exec::Memory::weak_exact) are not counted;
// samples are drawn as a campaign draws its schedules, so what they never show a campaign hardly
// meets. Leaves out: what is right of a row (fuzz/conformance.h: its verdict).
#pragma once

#include <cstdint>
#include <functional>

#include "fuzz/conformance.h"
#include "fuzz/exec/execution.h"

namespace rw::engine {

struct ConformanceOptions {
  exec::Memory memory = exec::Memory::sc;
  std::uint64_t max_executions = 2'000'000;  // before sampling takes over
  std::uint64_t samples = 20'000;            // then: executions
  std::uint64_t seed = 1;                    // of samples
  std::function<bool()> stop;
};

struct Conformance {
  std::uint64_t shown = 0;  // executions with the row's outcome
  std::uint64_t races = 0;  // that ended as a data race
  std::uint64_t executions = 0;
  std::uint64_t first_shown =
      0;                      // number of the first execution with the outcome or a race; 0: none
  bool complete = false;      // these are all there are
  std::string other_failure;  // a failure that no row may have: its kind and message
  bool right(ModelVerdict verdict) const;
};

// All executions; samples if they are more than options.max_executions.
Conformance check_row(const ConformanceRow& row, const ConformanceOptions& options);
// Samples, until the row's outcome shows. One that must not show: all of them.
Conformance sample_row(const ConformanceRow& row, const ConformanceOptions& options);

}  // namespace rw::engine
