// Kinds of failures: the engine's (kinds.def) and those a target adds.
//
// Promises: a name is in one of the two tables or it is not a kind; the engine's come first.
// Leaves out: what finds them. Detectors name a kind as a string (sync::fail, exec::Failure).
#pragma once

#include <span>
#include <string_view>

#include "fuzz/target.h"

namespace rw::verdict {

// The engine's kinds, in the order of kinds.def.
std::span<const KindInfo> engine_kinds();

// The entry of a kind's name; null if neither the engine nor `target` (null: no target) has it.
const KindInfo* find_kind(std::string_view name, const Target* target);

inline bool is_kind(std::string_view name, const Target* target) {
  return find_kind(name, target) != nullptr;
}

// Whether failures of this kind are about one access, which was unordered, of a dead object, or of
// a value that was never written. Steered runs and sanitizers stop at them; plain threads do not.
bool is_about_an_access(std::string_view kind);

}  // namespace rw::verdict
