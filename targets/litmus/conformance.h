// The litmus rows as `racewalk conformance` runs them (fuzz/conformance.h).
#pragma once

#include "fuzz/conformance.h"

namespace rw::litmus {

std::span<const ConformanceRow> conformance_rows();
std::optional<ConformanceMistake> mistake_in(const ConformanceRow& row);
std::unique_ptr<ConformanceProgram> conformance_program(const ConformanceRow& row);

}  // namespace rw::litmus
