// What every access of a steered execution has in common: it is somewhere, alive, ordered, seen.
#pragma once

#include "fuzz/exec/executor.h"
#include "fuzz/exec/quiet.h"
#include "fuzz/memory/arena.h"
#include "fuzz/memory/race_detector.h"

namespace rw::exec {

// Arena offset for scheduling decisions; 0 for what lies outside.
inline std::uint32_t location_of(const void* address) {
  return memory::in_arena(address) ? memory::offset_of(address) : 0;
}

[[noreturn]] void fail_outside(const void* address, const sync::site& where);
// A use that is out of order. `dying`: the use is the object's death. Returns only if races go on.
void fail_violation(const memory::Violation& v, const void* address, bool dying,
                    const sync::site& where);

// The metadata of an address; fails with kind "crash" if it lies outside the arena.
inline memory::Location* locate(const void* address, const sync::site& where) {
  if (!memory::in_arena(address)) [[unlikely]]
    fail_outside(address, where);
  return &memory::location_at(memory::offset_of(address));
}

// Tells a strategy that wants to know what the running task is about.
inline void touch_location(const void* address, bool writes) {
  if (!g_executor.logs_touches) [[likely]]
    return;
  const Quiet quiet;
  if (const std::uint32_t location = location_of(address); location != 0)
    g_executor.strategy->touches(location, writes);
}
// Memory for an object is taken: where the next one lies depends on it.
inline void touch_allocator() {
  if (!g_executor.logs_touches) [[likely]]
    return;
  const Quiet quiet;
  g_executor.strategy->touches(Strategy::kAllocator, true);
}
// What an oracle looks at or remembers; outside the arena most of it.
void touch_ghost(const void* address, bool writes);
// A seq_cst access or a full fence. By the exact rules these share nothing.
[[gnu::always_inline]] inline void touch_every_fence(sync::order o) {
  if (g_executor.logs_touches && g_executor.weak && !g_executor.exact &&
      (o == sync::order::seq_cst || o == sync::order::full)) [[unlikely]] {
    const Quiet quiet;
    g_executor.strategy->touches(Strategy::kEveryFence, true);
  }
}

// Values are part of the trace hash; but an address of a stack differs between builds, and one of a
// static object (a driver's table of functions) between processes.
void mix_address(std::uint64_t value);
inline void mix_value(std::uint64_t value) {
  if (value >> 32 == 0) [[likely]]
    return mix(value);  // no address: arena and (position-independent) program lie higher
  mix_address(value);
}
inline void mix_values(std::uint64_t a, std::uint64_t b) {
  if ((a | b) >> 32 == 0) [[likely]]
    return mix(a << 32 | b);
  mix_value(a);
  mix_value(b);
}

// Checks lifetime and order of a use by `task`, the running one.
[[gnu::always_inline]] inline memory::Location& check_step(Task& task, const void* address,
                                                           memory::Use use,
                                                           const sync::site& where) {
  memory::Location* l = locate(address, where);
  if (!memory::use_in_order(*l, task.number, task.clocks, use, memory::site_key(where)))
      [[unlikely]]
    fail_violation(memory::explain(*l, task.number, task.clocks, use), address, false, where);
  return *l;
}

// The arena's tables are shared by real threads in threads mode; steered tasks need no lock.
class StateLock {
 public:
  StateLock();
  ~StateLock();
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;
};

}  // namespace rw::exec
