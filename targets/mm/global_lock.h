// One lock over every i_mmap and anon_vma lock there is (axis register_lock, global_wide).
//
// Models what the mails of 2008-05-07 argue about at its full width: whoever takes any of those
// locks takes this one first and keeps it until he has none of them, so a register that holds it,
// and mmap_sem, knows that no pair is open under any of them. Right, and every truncate and every
// walk by rmap in the machine waits for every other. (Narrow, taken by register alone, it admits
// the race: global_narrow.)
// A task may hold several of the locks beneath; it takes this one with the first. Sleeps, as
// subscribers' callbacks under it may.
#pragma once

#include "targets/mm/design.h"
#include "targets/mm/locks.h"

namespace rw::mm {

inline bool locks_globally() {
  return design().register_lock == register_lock::global_wide;
}

// Around one lock beneath it. Without the design they do nothing.
void global_lock_enter(sync::site where);
bool global_lock_tryenter(sync::site where);
void global_lock_leave(sync::site where);

}  // namespace rw::mm
