// The split of a huge page by frozen refcounts, and that of a pmd by itself.
//
// Models __split_huge_pmd, split_huge_page_to_list, freeze_page, __split_huge_page and
// unfreeze_page of 4.5, with c444eb564fb1 (5.8) and 732ed55823fc (5.13): axis thp_split.
// - The pmd split is one address space's own affair: a table of ptes takes the place of the huge
//   pmd, and the page stays compound. So one mm may have a huge page by ptes, or by some of them,
//   while another has it by a pmd. It always succeeds. The page lock is held while the count moves
//   from the pmd to the ptes, because a write fault elsewhere adds the counts up under that lock to
//   learn whether it is alone.
// - The page split makes migration entries of all that maps the page, under the anon_vma root's
//   lock, and takes the refcount from the caller's one reference to 0 by cmpxchg. If anybody else
//   has one, a pin or a gather, it maps the parts again and gives up. While the count is 0 nobody
//   gets a reference, so the parts can part in peace. No pmd is marked, and nobody waits.
// Promises: after the walk that unmaps nothing maps the page or counts as mapping it (the kernel's
// VM_BUG_ON_PAGE), because the walk takes the lock of each entry that it passes over (TTU_SYNC).
// Simplified: a huge pmd becomes migration entries directly (4.14: TTU_SPLIT_FREEZE); the walk goes
// over areas first and parts second, as page_vma_mapped_walk does since 4.11.
// Restricted: migration and swap split such a page first; a collapse leaves it alone; ptes know no
// NUMA hints, so the split of an inaccessible pmd makes it accessible.
// Changed: a part's count is of ptes alone, as since 6.2, and what maps it is the sum of both;
// before, PG_double_map had the parts count the pmds of others too.
// Left out: deferred splits (a page that is mapped in part stays whole until reclaim or migration
// splits it); splits of file pages; pins that the splitter knows of.
#pragma once

#include "targets/mm/page_table.h"

namespace rw::mm {

struct vm_area_struct;

// The huge pmd at `address`, if there is one, becomes a table of ptes. mmap_sem is held, and no
// lock below the page lock.
void split_huge_pmd(vm_area_struct* vma, unsigned address);
// The caller has a reference on `head`, which is locked, and no lock below the anon_vma's. False:
// nobody maps it, or somebody else uses it; it is mapped by ptes then.
bool split_huge_page_by_freeze(page* head);
// With page_table_lock, which may be dropped and taken again: locks the huge page that the pmd of
// `address` maps, and returns it; null: the pmd is not huge.
page* lock_huge_pmd_page(mm_struct* mm, unsigned address);

}  // namespace rw::mm
