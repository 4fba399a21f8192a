// Interleaving coverage: which ordered pairs of conflicting accesses have been seen.
//
// A counter is set (to 1, never counted) when a step conflicts with the last access of its location
// by another task; its index hashes the two source positions. The array lies in libFuzzer's
// extra-counters section, so plain libFuzzer takes it as features.
//
// Promises: written by steered executions only; setting a counter costs a hash and a load, and two
// stores the first time.
// Leaves out: edges (the compiler's own counters) and keeping what is new (fuzz/engine).
#pragma once

#include <cstddef>
#include <cstdint>

namespace rw::exec {

// Bytes. libFuzzer scans them each run, racewalk reads the list. The mm target shows 15,000 in a
// minute: in a fourth of the room a third of what is new would fall on what is known.
inline constexpr std::size_t kOrderings = 64 * 1024;

// The counters of the executions since they were last cleared.
[[gnu::visibility("hidden")]] extern std::uint8_t g_orderings[kOrderings];
// Which of them are set. Under libFuzzer, which clears the counters itself, the list fills and is
// not read.
[[gnu::visibility("hidden")]] extern std::uint32_t g_touched[kOrderings];
[[gnu::visibility("hidden")]] extern std::size_t g_touched_count;

inline void touch(std::uint32_t ordering) {
  if (g_orderings[ordering] != 0) return;
  g_orderings[ordering] = 1;
  if (g_touched_count < kOrderings) g_touched[g_touched_count++] = ordering;
}

}  // namespace rw::exec
