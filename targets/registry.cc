// All targets of this build, in a fixed order: one include and one line per target.
#include <array>

#include "fuzz/target.h"
#include "targets/mm/target.h"
#include "targets/puzzles/target.h"

namespace rw {

std::span<Target* const> all_targets() {
  static const auto kTargets = std::to_array<Target*>({
      &mm::target(),
      &puzzles::target(),
  });
  return kTargets;
}

Target* find_target(std::string_view name) {
  for (Target* target : all_targets())
    if (target->name() == name) return target;
  return nullptr;
}

}  // namespace rw
