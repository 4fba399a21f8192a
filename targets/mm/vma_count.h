// vma->refcnt of the mails of 2010-01 on handle_speculative_fault: a count of the faults in an
// area, and a queue in the area where its remover waits for them (fault_path=refcount_v1,
// refcount).
#pragma once

#include "targets/mm/vma.h"

namespace rw::mm {

// What the count is while nobody is in the area and nobody changes it.
int counted_idle();
// Whether the fault is in the area now. Under rcu_read_lock.
bool try_refcount(vm_area_struct* vma);
// Drops the count of a fault, and wakes who waits for the last one.
void vma_put(vm_area_struct* vma);
// Waits until no fault is in the area; none comes in until unlock_refcounts.
void lock_refcount(vm_area_struct* vma);
// All areas that the owner of mmap_sem has locked.
void unlock_refcounts(mm_struct* mm);

}  // namespace rw::mm
