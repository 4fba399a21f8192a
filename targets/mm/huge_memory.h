// Huge pages: one pmd maps HPAGE_PMD_NR pages at once.
//
// Models mm/huge_memory.c of 3.8: the fault, copy-on-write, fork, zap, mprotect and mremap of a
// huge pmd, under mm->page_table_lock. An area made `huge` gets one wherever it covers all that a
// pmd covers; khugepaged (khugepaged.h) makes one of any anonymous area's pages. A huge pmd has a
// page table in deposit, which a split (huge_split.h) fills.
// While mmap_sem is held for reading only, a pmd may go from none to huge or to a table, and from
// huge to none or to a table, but not away from a table: a decision is made on one reading of it
// (1a5a9906d4e8). Axis pmd_read has two ways to get that wrong.
// Axis thp_split: how a huge page becomes small ones, all its pmds together (huge_split.h) or each
// by itself (huge_freeze.h).
// A read fault maps the huge zero page (zero_page.h). A forced write (gup.cc) leaves the pmd of an
// area that may not be written read-only and dirty, which tells that the page is its own.
// Left out: mlock, files; a pin keeps nobody from reusing the page for a write.
#pragma once

#include "targets/mm/page_table.h"

namespace rw::mm {

struct mmu_gather;
struct vm_area_struct;

// Whether a fault at `address` may map a huge page. mmap_sem held.
bool transparent_hugepage_enabled(const vm_area_struct* vma, unsigned address);
// The pmd was none. False: no memory for a huge page; use a small one.
bool do_huge_pmd_anonymous_page(vm_area_struct* vma, unsigned address, bool write);
// A fault where the pmd is huge: makes it writable, or waits until a split is over. mmap_sem held.
// *broke_cow as for handle_mm_fault.
void do_huge_pmd_fault(vm_area_struct* vma, unsigned address, bool write, pmd_t orig,
                       bool* broke_cow);

// True: the pmd is huge and not splitting, and page_table_lock is held. Waits for a split;
// afterwards there are ptes. mmap_sem held, or the mm dies.
bool pmd_trans_huge_lock(vm_area_struct* vma, unsigned address);
// These are for a whole huge pmd and return false if there is none.
bool zap_huge_pmd(mmu_gather* tlb, vm_area_struct* vma, unsigned address);
bool change_huge_pmd(vm_area_struct* vma, unsigned address);
// Nothing is at `to` yet. `need_rmap_locks` as for ptes.
bool move_huge_pmd(vm_area_struct* vma, unsigned from, unsigned to, bool need_rmap_locks);
// False: no memory. *copied: whether the pmd was huge. Both mmap_sems are held for writing.
bool copy_huge_pmd(mm_struct* child, vm_area_struct* vma, unsigned address, bool* copied);
// The page at `address` with a reference, if a huge pmd maps it (writable, if `write`; or dirty, if
// a forced fault `broke_cow`). *again: it is not huge now. Axis huge_touch.
page* follow_trans_huge_pmd(vm_area_struct* vma, unsigned address, bool write, bool* again,
                            bool broke_cow = false);

// What the pmd of [address, ...) is for who walks ptes next under mmap_sem: true: nothing to walk.
// `seen`: a reading of it.
bool pmd_none_or_trans_huge_or_clear_bad(const mm_struct* mm, unsigned address, pmd_t seen);

pmd_t mk_huge_pmd(const page* head, bool writable);
page* pmd_page(pmd_t pmd);
// page_table_lock is held for both. `table` may be where nobody has it any more.
void set_huge_pmd(mm_struct* mm, unsigned address, pmd_t pmd, pte_table* deposit);
void copy_huge_contents(page* to, const page* from);
// `fresh` takes the place of `old` (null: a zero page), which the pmd maps; the pmd's reference on
// `old` is the caller's to drop. page_table_lock is held.
void replace_huge_mapping(vm_area_struct* vma, unsigned address, page* old, page* fresh,
                          bool writable);
// No CPU uses the huge pmd any more, which another one is about to replace; returns it. It stays
// huge: one that is none for a moment is passed over by a zap (ced108037c2a; axis pmd_replace).
pmd_t pmdp_invalidate(mm_struct* mm, unsigned address);
// Takes the pmd and what was in deposit away.
pmd_t pmdp_get_and_clear(mm_struct* mm, unsigned address, pte_table** deposit,
                         sync::site where = sync::site::current());

}  // namespace rw::mm
