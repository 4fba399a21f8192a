// Runs a conformance row under a memory model: every execution if they are few enough, otherwise as
// many as are asked for.
#pragma once

#include <cstdint>
#include <functional>

#include "fuzz/conformance.h"
#include "fuzz/exec/execution.h"

namespace rw::engine {

struct ConformanceOptions {
  exec::Memory memory = exec::Memory::sc;
  std::uint64_t max_executions = 2'000'000;  // before sampling takes over
  std::uint64_t samples = 20'000;            // then: executions, by all strategies in turn
  std::function<bool()> stop;
};

struct Conformance {
  std::uint64_t shown = 0;  // executions with the row's outcome
  std::uint64_t races = 0;  // that ended as a data race
  std::uint64_t executions = 0;
  bool complete = false;      // these are all there are
  std::string other_failure;  // a failure that no row may have: its kind and message
  bool right(ModelVerdict verdict) const;
};

Conformance check_row(const ConformanceRow& row, const ConformanceOptions& options);

}  // namespace rw::engine
