// split_huge_page: a huge page becomes small ones, in every address space that maps it.
//
// Models split_huge_page, split_huge_page_pmd, vma_adjust_trans_huge and wait_split_huge_page of
// 3.8 with the root's rwsem: under it, for writing, each pmd is marked splitting, the pins and
// ptes are counted out to the tails, and each pmd gets the deposited table. Who meets a splitting
// pmd lets go of page_table_lock and waits for the root's lock. The number of pmds must be the
// page's mapcount, both times.
// Axes: wait_split (how to wait), pmd_check (how a walk finds the pmd), tail_pin (compound.h).
// With thp_split=freeze the first two do what 4.5 does (huge_freeze.h), and no pmd is splitting.
#pragma once

#include "targets/mm/page_table.h"

namespace rw::mm {

struct vm_area_struct;

// The caller has a reference on `head`, and no lock below the anon_vma's. False: nobody maps it, or
// with thp_split=freeze, which needs the page lock, somebody else uses it.
bool split_huge_page(page* head);
// The huge pmd at `address`, if there is one. mmap_sem is held for writing.
void split_huge_page_pmd(vm_area_struct* vma, unsigned address);
// A boundary of `vma` is about to be at `address`.
void vma_adjust_trans_huge(vm_area_struct* vma, unsigned address);
// Returns when the pmd, seen splitting under page_table_lock, is a table. May sleep.
void wait_split_huge_page(vm_area_struct* vma, unsigned address);

}  // namespace rw::mm
