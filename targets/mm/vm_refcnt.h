// vm_refcnt: what holds an area while a fault is in it, as a count alone.
//
// Models vma_start_read, vma_refcount_put, __vma_start_write, vma_mark_attached and
// vma_mark_detached of 6.15, where the count takes the place of the area's rwsem and of its flag
// "detached". 0: in no address space. 1: in one. One more for each fault in the area, and
// VMA_LOCK_OFFSET more while a writer waits for them, above the limit to which faults count. The
// queue where the writer waits is the mm's, so that an area can be freed as soon as nobody is in
// it: with vma_free=type_stable it may then be in another mm when a late fault counts itself in.
// Changed: a wait queue instead of an rcuwait; the writer's looks at the count acquire, where the
// kernel has a branch; the number in the area is written with WRITE_ONCE at birth too.
// Left out: a new look-up where the area was detached; such a fault takes mmap_sem.
#pragma once

#include "targets/mm/vma.h"

namespace rw::mm {

// Once for each area's memory, when it is new: what outlives the area.
void vm_refcnt_construct(vm_area_struct* vma);

// Under rcu_read_lock, which it may drop meanwhile if it returns false: the fault is not in `vma`
// then, and must not look at it again.
bool vm_refcnt_start_read(vm_area_struct* vma, mm_struct* mm);
// The end of a fault, also of one that has found the area another mm's.
void vma_refcount_put(vm_area_struct* vma);

// Who changes areas. The number of mmap_sem's owner goes into the area while no fault is in it.
void __vma_start_write(vm_area_struct* vma, std::uint32_t mm_lock_seq);
void vm_refcnt_attach(vm_area_struct* vma);
// It is locked for writing. When this returns no fault is in it, and none will be.
void vm_refcnt_detach(vm_area_struct* vma);
// Ahead of its free. Makes no step.
void vma_assert_detached(vm_area_struct* vma, sync::site where = sync::site::current());

}  // namespace rw::mm
