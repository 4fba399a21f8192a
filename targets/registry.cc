// All targets of this build, in a fixed order: one include and one line per target; the rows of
// the memory models; and the benchmarks.
#include <array>

#include "fuzz/benchmark.h"
#include "fuzz/target.h"
#include "targets/classics/classic.h"
#include "targets/classics/target.h"
#include "targets/litmus/conformance.h"
#include "targets/mm/target.h"
#include "targets/puzzles/target.h"

namespace rw {

std::span<Target* const> all_targets() {
  static const auto kTargets = std::to_array<Target*>({
      &mm::target(),
      &puzzles::target(),
      &classics::target(),
  });
  return kTargets;
}

std::span<const Benchmark> benchmarks() {
  return classics::benchmarks();
}

std::span<const ConformanceRow> conformance_rows() {
  return litmus::conformance_rows();
}

std::optional<ConformanceMistake> mistake_in(const ConformanceRow& row) {
  return litmus::mistake_in(row);
}

std::unique_ptr<ConformanceProgram> conformance_program(const ConformanceRow& row) {
  return litmus::conformance_program(row);
}

Target* find_target(std::string_view name) {
  for (Target* target : all_targets())
    if (target->name() == name) return target;
  return nullptr;
}

}  // namespace rw
