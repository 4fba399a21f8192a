// Faults without mmap_sem: what holds the area of a fault instead, and how a change of the area
// waits for such faults and keeps new ones out.
//
// Models, as axis fault_path says:
//   refcount_v1, refcount  vma->refcnt of the mails of 2010-01 on handle_speculative_fault: a count
//                          of the faults in an area, and a queue where its remover waits
//   vma_lock               lock_vma_under_rcu, vma_start_read and vma_start_write of 6.4: an rwsem
//                          in each area, and a number by which all areas are unlocked at once
//   vm_refcnt              the same of 6.15: a count instead of the rwsem (vm_refcnt.h)
//   seqcount               nothing: a sequence count tells afterwards (speculative_fault.h)
// A fault that does not get its area this way takes mmap_sem: in an area of a file, or without an
// anon_vma, or that somebody is changing.
// Changed: areas are found in a table with an entry for each page, which stands for the rb-tree or
// maple tree; a look-up meets no tree that is just being rebuilt. With `refcount` each change of an
// area waits, as its removal does; the mails have the removal only (axes vma_change, vma_fork,
// vma_register).
// Left out: write locks that outlive a downgrade.
#pragma once

#include "targets/mm/page_table.h"
#include "targets/mm/vma.h"

namespace rw::mm {

// Pages of an address space, each with the area that covers it, or null.
struct vma_table {
  sync::atomic<vm_area_struct*> at[kPages];
};

// Whether this design has such faults. If not, nothing below does anything.
bool faults_without_mmap_sem();
// The number of mmap_sem's owner, or of the next one. An area that has it is locked.
std::uint32_t mm_lock_seq(mm_struct* mm);

// ---- a fault ------------------------------------------------------------------------------------

// The area of `address`, which stays as it is until vma_end_read. Null: take mmap_sem. mm_users is
// held.
vm_area_struct* lock_vma_under_rcu(mm_struct* mm, unsigned address);
void vma_end_read(vm_area_struct* vma);

// ---- who changes areas: mmap_sem is held for writing --------------------------------------------

// Waits until no fault is in `vma`, or makes those that are in it come to nothing; none comes in
// until mmap_write_unlock. May sleep.
void vma_start_write(vm_area_struct* vma);
// Whether it has been done, with a number (mm_lock_seq).
bool is_write_locked(vm_area_struct* vma);
// The same ahead of a change of where `vma` lies or of what it permits.
void vma_start_change(vm_area_struct* vma);
// All areas of `mm`, ahead of a register, from which on there is a subscriber.
void vma_start_register(mm_struct* mm);
// `vma`, which is new, is about to be found by look-ups.
void vma_mark_attached(vm_area_struct* vma);
// `vma` leaves the address space: no look-up finds it any more, and no fault is in it.
void vma_mark_detached(vm_area_struct* vma);
// Look-ups of pages [start, end) find `vma`.
void vma_table_store(vm_area_struct* vma, unsigned start, unsigned end);
// The same, of nothing.
void vma_table_clear(mm_struct* mm, unsigned start, unsigned end);
// Gives up mmap_sem, and with it every area that is locked.
void mmap_write_unlock(mm_struct* mm, sync::site where = sync::site::current());

// ---- birth and death ----------------------------------------------------------------------------

// exit_mmap is about to free `vma`, without mmap_sem: no late fault of another mm is in it.
void vma_detach_at_exit(vm_area_struct* vma);
// False: no memory.
bool vma_table_init(mm_struct* mm);
void vma_table_free(mm_struct* mm);
kmem_cache* vma_cache_create();
// Null: no memory.
vm_area_struct* vma_cache_alloc();
void vma_lock_init(vm_area_struct* vma);
// A fault that is about to lock `vma` may still look at it.
void vma_free_after_look_ups(vm_area_struct* vma);

}  // namespace rw::mm

RW_TYPE_NAMED(rw::mm::vma_table, "vma_table", at)
