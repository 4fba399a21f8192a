// Zapping: the ptes of a range go, then the TLBs' translations, then the pages.
//
// Models unmap_vmas, zap_page_range, unmap_mapping_range and free_pgtables of 3.8, with
// mmu_gather.h keeping the pages; the notifier pair stands around the clearing, and what is left
// in the gather is freed after it. Axis i_mmap: unmap_mapping_range of 2.6.38, which lets go of
// i_mmap_lock between pages and restarts; which kind of lock that is: i_mmap_lock.h.
// Left out: non-linear mappings.
#pragma once

#include "targets/mm/locks.h"
#include "targets/mm/mmu_gather.h"

namespace rw::mm {

struct file;
struct mm_struct;
struct vm_area_struct;

// Clears the ptes of [start, end), part of `vma`, without a word to subscribers.
void unmap_page_range(mmu_gather* tlb, vm_area_struct* vma, unsigned start, unsigned end);
// All pages of `vma` and of those behind it in its list, each in a notifier pair. The caller
// excludes faults. (munmap, exit)
void unmap_vmas(mmu_gather* tlb, vm_area_struct* vma);
// Takes `vma` and those behind it in its list out of rmap, then the page tables that no vma needs:
// nothing is mapped in [floor, ceiling) any more.
void free_pgtables(mmu_gather* tlb, vm_area_struct* vma, unsigned floor, unsigned ceiling);
// [start, end) of one vma, in a notifier pair; frees before it returns. mmap_sem, or its file's
// i_mmap_mutex, is held; of hugetlbfs the latter. Both orders of end and free are legal: the pte is
// gone before either. `even_cows`: pages that a private mapping of a file has copied too.
void zap_page_range(vm_area_struct* vma, unsigned start, unsigned end, bool even_cows);
// All mappings of a file's pages [first, last). May be called with the page lock held.
void unmap_mapping_range(file* f, std::uint32_t first, std::uint32_t last, bool even_cows);

// Discards the pages of the vma that covers `address`; anonymous ones read as zero afterwards.
// Returns null, or why nothing was done.
const char* do_madvise_dontneed(mm_struct* mm, unsigned address);

}  // namespace rw::mm
