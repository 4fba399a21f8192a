// Data races and lifetimes, exactly: each access against the happens-before order.
//
// Every task has a clock entry of its own that grows with each release it makes. A location
// remembers its last exclusive use (plain write, initialisation, birth, death) and each task's last
// shared use (atomic access, plain read). Two uses of which one is exclusive must be ordered;
// otherwise they race, whichever way round they ran. Birth and death are exclusive uses of every
// byte of the object, so a free that is not ordered after every use is found without the free ever
// coming first. The scheme is FastTrack's (Flanagan and Freund, PLDI 2009) without its compression
// of reads: with at most 8 tasks a full clock is one cache line.
//
// Promises: no false report on code whose synchronisation passes the seam; the verdict depends on
// the happens-before order of the execution only, not on addresses or time. Leaves out: accesses
// that do not pass the seam; ThreadSanitizer sees those.
#pragma once

#include <cstdint>
#include <optional>

#include "fuzz/memory/arena.h"
#include "fuzz/memory/clock.h"

namespace rw::memory {

enum class ViolationKind : std::uint8_t {
  race,            // two uses of live memory, unordered
  use_after_free,  // of memory that is free, was reborn unseen, or is freed while in use
  double_free,
  uninitialised_read,
  wild,  // of memory that never was an object
};

struct Violation {
  ViolationKind kind;
  SiteKey other = 0;  // the earlier use that this one conflicts with
  std::uint8_t other_task = 0;
  bool has_other = false;
  Exclusive other_use = Exclusive::none;  // none: a shared use (read or atomic access)
  std::uint32_t offset = 0;               // where in the arena the two meet; 0: at the address used
  std::uint32_t object = 0;  // use of reused memory: the dead object that was meant; else 0
};

// How a step or cell access uses a location.
enum class Use : std::uint8_t {
  atomic_read,
  atomic_write,
  atomic_update,  // read-modify-write
  plain_read,
  plain_write,
  initialise,
};

inline bool reads(Use use) {
  return use == Use::atomic_read || use == Use::atomic_update || use == Use::plain_read;
}

// Is `task`'s use of `l` in order? If it is, it is on record from here on. Every access asks, so a
// call would be felt.
[[gnu::always_inline]] inline bool use_in_order(Location& l, unsigned task,
                                                const TaskClocks& clocks, Use use, SiteKey where) {
  const bool exclusive = use == Use::plain_write || use == Use::initialise;
  const bool ordered = l.exclusive_clock <= clocks.current[l.exclusive_task];
  const bool defined = l.initialised || !reads(use);
  const bool alone = !exclusive || includes(clocks.current, l.access);
  if (!(l.live && ordered && defined && alone)) [[unlikely]]
    return false;

  if (exclusive) {
    l.exclusive = use == Use::initialise ? Exclusive::initialise : Exclusive::write;
    l.exclusive_task = static_cast<std::uint8_t>(task);
    l.exclusive_clock = clocks.current[task];
    l.exclusive_site = where;
    l.initialised = true;
  } else {
    l.access[task] = clocks.current[task];
    l.access_site[task] = where;
    if (use == Use::atomic_write) l.initialised = true;
  }
  return true;
}

// What is wrong with a use that is not in order.
Violation explain(const Location& l, unsigned task, const TaskClocks& clocks, Use use);

using Verdict = std::optional<Violation>;  // empty: nothing is wrong

// An object is born: exclusive use of all its bytes, which are uninitialised from here on. The
// death of whatever lived there happens before (the allocator hands the block over). Returns what
// is wrong.
Verdict object_born(void* address, std::size_t bytes, const sync::type_info* type, unsigned task,
                    TaskClocks& clocks, SiteKey where);
// An object dies: exclusive use of all its bytes; every earlier use must be ordered before it.
Verdict object_died(void* address, unsigned task, const TaskClocks& clocks, SiteKey where);

}  // namespace rw::memory
