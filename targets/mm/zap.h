// Zapping: ptes go, then the TLB is flushed, then the pages are freed.
//
// Models mmu_gather, unmap_vmas, zap_page_range and unmap_mapping_range of 3.8: the pages of
// cleared ptes are gathered, flushed and freed in batches; a full batch is flushed in the middle of
// the zap with page_table_lock dropped (d16dfc550f53); the notifier pair stands around the
// clearing, and what is left in the gather is freed after it.
// Simplified: batches of 3 and no extra ones; no restart under i_mmap_mutex.
#pragma once

#include "targets/mm/locks.h"

namespace rw::mm {

struct file;
struct mm_struct;
struct page;
struct vm_area_struct;

inline constexpr unsigned kGatherPages = 3;

// On the stack of who zaps; owns a reference on each page in it.
struct mmu_gather {
  mm_struct* mm;
  unsigned count;
  bool need_flush;
  page* pages[kGatherPages];
};

void tlb_gather_mmu(mmu_gather* tlb, mm_struct* mm);
void tlb_flush_mmu(mmu_gather* tlb);
void tlb_finish_mmu(mmu_gather* tlb);

// All pages of `vma` and of those behind it in its list, each in a notifier pair. The caller
// excludes faults. (munmap, exit)
// Clears the ptes of [start, end), without a word to subscribers.
void unmap_page_range(mmu_gather* tlb, unsigned start, unsigned end);
void unmap_vmas(mmu_gather* tlb, vm_area_struct* vma);
// [start, end) of one vma, in a notifier pair; frees before it returns. mmap_sem, or its file's
// i_mmap_mutex, is held. Both orders of end and free are legal: the pte is gone before either.
void zap_page_range(vm_area_struct* vma, unsigned start, unsigned end);
// All mappings of a file's pages [first, last). May be called with the page lock held.
void unmap_mapping_range(file* f, std::uint32_t first, std::uint32_t last);

// Discards the pages of the vma that covers `address`; anonymous ones read as zero afterwards.
// Returns null, or why nothing was done.
const char* do_madvise_dontneed(mm_struct* mm, unsigned address);

}  // namespace rw::mm
