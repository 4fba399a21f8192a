// Faults that hold nothing of their area: they do their work first, and look afterwards whether the
// area has changed.
//
// Models Zijlstra's RFC of 2010-01 (and, of Dufour's series of 2017 to 2019, the walk with
// interrupts off, the trylock and where it looks). Each area has a sequence count, odd while
// somebody changes the area and for good once it has left its address space. A fault notes the
// count, works on copies of what it needs, and installs its pte under the page-table lock if the
// count is still the same: whoever changes the area has raised the count before he comes to the
// ptes, under that lock. A section of SRCU keeps the area, so that the fault may sleep. It makes no
// page tables, and needs an anon_vma that is there. Changed: a writer publishes the copies and
// makes the count even when he gives mmap_sem up, for all areas at once; the fields themselves are
// not read while they change. Left out: faults on a pte that is not none (COW, swap, migration), on
// huge pages and in files; they take mmap_sem.
#pragma once

#include "targets/mm/vma.h"

namespace rw::mm {

bool faults_are_speculative();

// False: nothing has changed, take mmap_sem. mm_users is held.
bool handle_speculative_fault(mm_struct* mm, unsigned address, bool write);

// ---- who changes areas: mmap_sem is held for writing --------------------------------------------

void vm_sequence_init(vm_area_struct* vma);
// Faults that are under way in `vma` come to nothing, and so do new ones.
void vm_write_begin(vm_area_struct* vma);
// Faults may read what `vma` is; it is about to be found.
void vm_publish(vm_area_struct* vma);
// The same of all areas, and ends what vm_write_begin began.
void vm_write_end_all(mm_struct* mm);
// f(head) when no fault looks at the area any more.
void call_after_speculation(rcu_head* head, void (*f)(rcu_head*));

}  // namespace rw::mm
