// Page tables that address spaces share: hugetlbfs.
//
// Models huge_pmd_share, huge_pmd_unshare and hugetlb_fault of mm/hugetlb.c, 2.6.20 (39dde65c9940)
// to 3.8, with what was mended since: 3.6 (d833352a4338), 4.19 (017b1660df89, dff11abe280b), 5.7
// (c0d0381ade79), 5.16 (a4a118f2eead), 6.16 (1013af4f585f). Areas that map the same part of f1, all
// that a pmd covers and at the same place in it, use one page table: a fault takes a table that
// another area has, under f1's i_mmap_mutex. Whoever is about to change ptes of such a table gives
// it up instead, under that mutex too, and faults again later; the last owner changes them. Each
// pte counts once in its page's mapcount and refcount, however many use the table.
// Promises: a table gets owners, and loses all but its last, under i_mmap_mutex; who holds an
// owner's page_table_lock keeps it one. When the mutex is dropped after an unshare, no CPU and no
// get_user_page_fast of that mm is in the table. Axes: pmd_unshare, share_dying, share_rights,
// shared_rmap, huge_fault.
// Simplified: pages are small ones of a page cache, with a disk; an area is made whole pmds at a
// time (do_mmap); a table that a fault made while its area had half of it is never shared.
// Changed: a fault looks under page_table_lock whether its table is still there, where kernels from
// 5.7 on keep an unshare out by i_mmap_rwsem or a lock of the area; a notifier pair always covers
// all that the pmds do, so a split may leave a table shared; mremap (kernel: 5.16) goes to any
// address, and what was shared comes there by faults.
// Left out: sharing under an i_mmap lock that spins (axis i_mmap_lock; kernels to 2.6.38 zapped all
// of an area of hugetlbfs under it), private mappings, reservations, the mutexes of hugetlb_fault,
// the unshare at a split (081056dc00a2), which needs faults without mmap_sem to matter.
#pragma once

#include "targets/mm/file.h"
#include "targets/mm/page_table.h"
#include "targets/mm/vma.h"

namespace rw::mm {

struct mmu_gather;

inline bool is_vm_hugetlb_page(const vm_area_struct* vma) {
  const file* f = vma->vm_file.get();
  return f != nullptr && f->hugetlb.get() != 0;
}

// i_mmap_mutex of the area's file, if that is in hugetlbfs; otherwise nothing.
void hugetlb_lock(vm_area_struct* vma, sync::site where = sync::site::current());
void hugetlb_unlock(vm_area_struct* vma, sync::site where = sync::site::current());

// A fault in hugetlbfs, as handle_mm_fault; the area permits the access.
const char* hugetlb_fault(vm_area_struct* vma, unsigned address, bool write);
// The pte of `address` for who does not hold i_mmap_mutex: with its table's lock, and
// page_table_lock, which keeps the table in the pmd. No table: nothing is locked.
ptep_t huge_pte_offset_lock(mm_struct* mm, unsigned address,
                            sync::site where = sync::site::current());
void huge_pte_unlock(mm_struct* mm, ptep_t ptep, sync::site where = sync::site::current());

// Gives up the table of `address` if others have it: nothing is mapped by its pmd then. False:
// there is none, or it is this mm's alone. i_mmap_mutex is held. `tlb`: the zap under way, or null.
bool huge_pmd_unshare(mmu_gather* tlb, vm_area_struct* vma, unsigned address);
// The same for a walk by rmap that is to change a pte; false for areas of other files.
bool huge_pmd_unshare_for_rmap(vm_area_struct* vma, unsigned address);
// The area is unmapped for good: nobody may share a table of it. i_mmap_mutex is held.
void hugetlb_stop_sharing(vm_area_struct* vma);
// Widens [start, end) of the area to what an unshare in it may unmap.
void adjust_range_if_pmd_sharing_possible(const vm_area_struct* vma, unsigned* start,
                                          unsigned* end);

}  // namespace rw::mm
