// The real memory operation behind a seam access, on a word of 4 or 8 bytes.
//
// In a TSan build these are functions compiled with instrumentation, so that ThreadSanitizer sees
// the access, with its order, as made by the task's fiber. In the other builds one OS thread runs
// everything and they are plain inline accesses.
#pragma once

#include <cstdint>

#include "fuzz/sync/hooks.h"

namespace rw::exec {

#if defined(RACEWALK_TSAN)
std::uint64_t raw_load(const void* address, unsigned size, sync::order o);
void raw_store(void* address, unsigned size, std::uint64_t value, sync::order o);
std::uint64_t raw_exchange(void* address, unsigned size, std::uint64_t value, sync::order o);
#else
inline std::uint64_t raw_load(const void* address, unsigned size, sync::order) {
  if (size == 8)
    return __atomic_load_n(static_cast<const std::uint64_t*>(address), __ATOMIC_RELAXED);
  return __atomic_load_n(static_cast<const std::uint32_t*>(address), __ATOMIC_RELAXED);
}
inline void raw_store(void* address, unsigned size, std::uint64_t value, sync::order) {
  if (size == 8)
    __atomic_store_n(static_cast<std::uint64_t*>(address), value, __ATOMIC_RELAXED);
  else
    __atomic_store_n(static_cast<std::uint32_t*>(address), static_cast<std::uint32_t>(value),
                     __ATOMIC_RELAXED);
}
inline std::uint64_t raw_exchange(void* address, unsigned size, std::uint64_t value,
                                  sync::order o) {
  const std::uint64_t before = raw_load(address, size, o);
  raw_store(address, size, value, o);
  return before;
}
#endif

// The newest value, for the engine's own eyes: never instrumented.
inline std::uint64_t raw_peek(const void* address, unsigned size) {
  if (size == 8)
    return __atomic_load_n(static_cast<const std::uint64_t*>(address), __ATOMIC_RELAXED);
  return __atomic_load_n(static_cast<const std::uint32_t*>(address), __ATOMIC_RELAXED);
}

inline std::uint64_t in_a_word(std::uint64_t value, unsigned size) {
  return size == 8 ? value : static_cast<std::uint32_t>(value);
}

// What a read-modify-write makes of `before`. Most add, and do without the switch's table.
inline std::uint64_t updated(hooks::rmw kind, std::uint64_t before, std::uint64_t operand,
                             unsigned size) {
  if (kind == hooks::rmw::add) [[likely]]
    return in_a_word(before + operand, size);
  switch (kind) {
    case hooks::rmw::sub:
      return in_a_word(before - operand, size);
    case hooks::rmw::and_:
      return in_a_word(before & operand, size);
    case hooks::rmw::or_:
      return in_a_word(before | operand, size);
    case hooks::rmw::xor_:
      return in_a_word(before ^ operand, size);
    default:
      return in_a_word(operand, size);
  }
}

}  // namespace rw::exec
