// Walks of page tables without locks, by the kernel on behalf of a CPU.
//
// Models get_user_pages_fast (arch/x86/mm/gup.c of 2.6.27, mm/gup.c today) and what a device's
// driver does likewise. Interrupts are off during a walk, so the table stays until the flush that
// precedes its free has got its answer; with table_free=rcu the walk is an RCU section instead.
// Axes: table_free, gup_recheck, thp_split.
// Simplified: one page at a time. Left out: the slow way, for what this one does not get (gup.cc).
#pragma once

#include "targets/mm/page_table.h"

namespace rw::mm {

// The page that `address` maps (writable, if `write`) with a reference, by a walk without locks;
// null: none, or the pte changed meanwhile.
page* get_user_page_fast(mm_struct* mm, unsigned address, bool write);

// The pte of `address` that permits the access (a write: if it is dirty too), by the same walk; 0:
// none. Nothing keeps the page. For devices that are told before the pte changes.
pte_t lookup_pte_fast(mm_struct* mm, unsigned address, bool write);

// f(argument), in a walk like those: page tables stay meanwhile. f must not sleep or wait.
bool with_page_tables(mm_struct* mm, bool (*f)(void*), void* argument);

}  // namespace rw::mm
