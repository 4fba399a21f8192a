// mmap, munmap, mprotect, mremap: a process changes its address space.
//
// Models do_mmap, do_munmap, mprotect_fixup with change_protection, and move_vma with
// move_page_tables of 3.8. All hold mmap_sem for writing.
// Simplified: mmap and mremap take an address as a hint only (no MAP_FIXED, no MREMAP_FIXED);
// mprotect takes one vma or a part of it; mremap moves a whole vma and changes no size.
// Changed: the flush of a moved pte is under the page-table locks (eb66ae030829).
#pragma once

#include "targets/mm/vma.h"

namespace rw::mm {

// The lowest multiple of `align`, from `hint` rounded down on, at which `pages` pages are free; if
// there is none the lowest of all; kNoRange: nowhere. mmap_sem held.
inline constexpr unsigned kNoRange = ~0U;
inline constexpr const char* kNoRoom = "no free range is long enough";
unsigned get_unmapped_area(mm_struct* mm, unsigned hint, unsigned pages, unsigned align);

// All return null, or why nothing was done. Addresses and lengths are in pages; do_mmap of
// hugetlbfs rounds them so that areas may share page tables.
const char* do_mmap(mm_struct* mm, unsigned hint, unsigned pages, file* f, std::uint32_t flags);
// Everything in [start, end); vmas that stick out are split. mmap_sem held for writing.
const char* do_munmap(mm_struct* mm, unsigned start, unsigned end);
const char* vm_munmap(mm_struct* mm, unsigned start, unsigned end);
// The whole vma that covers `address`.
const char* vm_munmap_area(mm_struct* mm, unsigned address);
// [start, end) lies in one vma. Of hugetlbfs all that the pmds there cover must, and is changed.
const char* do_mprotect(mm_struct* mm, unsigned start, unsigned end, bool writable);
// Moves the vma that covers `address` to `hint`, or where it fits (mremap.cc).
const char* do_mremap(mm_struct* mm, unsigned address, unsigned hint);

// The ptes of `pages` pages of `vma` at `from` go to `to`, where the vma they will belong to is
// already. False: no memory, and nothing has moved. mmap_sem held for writing (mremap.cc).
bool move_page_tables(vm_area_struct* vma, unsigned from, unsigned to, unsigned pages,
                      bool need_rmap_locks);

}  // namespace rw::mm
