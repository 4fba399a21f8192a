// Interleaving coverage: which ordered pairs of conflicting accesses have been seen.
//
// A counter is set (to 1, never counted) when a step conflicts with the last access of its location
// by another task; its index hashes the two source positions. The array lies in libFuzzer's
// extra-counters section, so plain libFuzzer takes it as features.
//
// Promises: written by steered executions only; setting a counter costs a hash and a store.
// Leaves out: edges (the compiler's own counters) and keeping what is new (fuzz/engine).
#pragma once

#include <cstddef>
#include <cstdint>

namespace rw::exec {

inline constexpr std::size_t kOrderings = 16 * 1024;  // bytes; libFuzzer scans them each run

// The counters of the executions since they were last cleared.
extern std::uint8_t g_orderings[kOrderings];
inline std::uint8_t* orderings() {
  return g_orderings;
}

}  // namespace rw::exec
