// The oracle of open range pairs: no register returns while one is open that has not told the new
// subscriber of its start. Whoever registers late enough to be skipped and early enough to map a
// page has a mapping that nobody drops (the race of the third mail).
//
// Promises: ghost data, no step. Checked when register returns and, for a walk of the list that was
// under way then, when that walk is over; for the values of register_lock that mean to keep pairs
// out or to wait for them. The narrow ones are left to O1 and O3, which show what becomes of it.
// Leaves out: real threads, for what a start finds in the list.
#pragma once

#include "fuzz/sync/sync.h"

namespace rw::mm {

struct mm_struct;
struct mmu_notifier;

void oracle_pairs_begin();
// A pair is about to walk the list of subscribers. Returns its number.
unsigned oracle_pair_begins(const mm_struct* mm);
void oracle_pair_told(unsigned pair, const mmu_notifier* mn);
// The walk is over: from here to its end the pair is open.
void oracle_pair_open(unsigned pair, sync::site where = sync::site::current());
void oracle_pair_ends(unsigned pair);
// Register is about to return.
void oracle_registered(const mm_struct* mm, mmu_notifier* mn,
                       sync::site where = sync::site::current());

}  // namespace rw::mm
