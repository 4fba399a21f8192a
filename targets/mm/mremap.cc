// mremap: the vma joins its new place first, then its ptes move, then the old place is unmapped.
#include <algorithm>

#include "targets/mm/data_oracle.h"
#include "targets/mm/design.h"
#include "targets/mm/huge_memory.h"
#include "targets/mm/huge_split.h"
#include "targets/mm/hugetlb.h"
#include "targets/mm/ksm.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmap.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/notify_in_ptl.h"
#include "targets/mm/outcome.h"
#include "targets/mm/reach.h"
#include "targets/mm/tlb.h"
#include "targets/mm/vma_lock.h"

namespace rw::mm {

namespace {

// A vma's pages on their way: `pages` of them from `from` to `to`.
struct move {
  vm_area_struct* vma;  // whose rmap locks keep walks off
  mm_struct* mm;
  unsigned from;
  unsigned to;
  unsigned pages;
  bool need_rmap_locks;
};

unsigned left_in_table(unsigned address) {
  return kPtrsPerTable - address % kPtrsPerTable;
}

// The part of `m` from page `done` on that lies within one table on both sides.
move next_part(const move& m, unsigned done) {
  move part = m;
  part.from = m.from + done;
  part.to = m.to + done;
  part.pages = std::min({m.pages - done, left_in_table(part.from), left_in_table(part.to)});
  return part;
}

// Tables on both sides exist.
void move_ptes(const move& m) {
  // A walk that has been at the new place and comes to the old one later would miss the page.
  const rmap_locks locks =
      m.need_rmap_locks ? take_rmap_locks(m.vma) : rmap_locks{nullptr, nullptr};
  ptep_t old = pte_offset_map_lock(m.mm, m.from);
  ptep_t fresh = pte_offset_map(m.mm, m.to);
  if (fresh.table != old.table) spin_lock_nested(&fresh.table->ptl, SINGLE_DEPTH_NESTING);
  bool flush = false;
  for (unsigned i = 0; i < m.pages; ++i, ++old.slot, ++fresh.slot) {
    if (pte_none(ptep_get(old))) continue;
    const pte_t pte = ptep_get_and_clear(m.mm, m.from + i, old);
    flush |= pte_present(pte);
    if (pte_present(pte)) notify_in_ptl(m.mm, m.from + i);
    set_pte_at(fresh, pte);
    reached(reach_counter::mremap_pte_moved);
  }
  // As soon as the new place is unlocked the page may be unmapped there, flushed there and freed.
  if (flush && design().mremap_flush == mremap_flush::locked)
    flush_tlb_range(m.mm, m.from, m.from + m.pages);
  if (fresh.table != old.table) pte_unmap_unlock(fresh);
  pte_unmap_unlock(old);
  drop_rmap_locks(locks);
}

// Moves the table as it is (2c91bd4a4e2e). False: the ptes have to be moved one by one.
bool move_table(const move& m) {
  if (design().mremap_tables == mremap_tables::ptes || m.pages != kPtrsPerTable) return false;
  if (is_vm_hugetlb_page(m.vma)) return false;
  // A walk that has read the old pmd would flush the old address only.
  const bool locked = design().mremap_tables == mremap_tables::whole;
  const rmap_locks locks = locked ? take_rmap_locks(m.vma) : rmap_locks{nullptr, nullptr};
  spin_lock(&m.mm->page_table_lock);
  auto* pmd = m.mm->pgd.pmd;
  const pmd_t table = smp_load_acquire(&pmd[m.from / kPtrsPerTable]);
  const bool moves = pmd_none(smp_load_acquire(&pmd[m.to / kPtrsPerTable]));
  if (moves) {
    WRITE_ONCE(pmd[m.from / kPtrsPerTable], 0);
    smp_store_release(&pmd[m.to / kPtrsPerTable], table);
    flush_tlb_range(m.mm, m.from, m.from + m.pages);
    notify_in_ptl(m.mm, m.from, m.pages);
  }
  spin_unlock(&m.mm->page_table_lock);
  drop_rmap_locks(locks);
  return moves;
}

// True: the part was one huge page, and has moved. Otherwise it is not huge afterwards.
bool move_huge(const move& m) {
  if (!pmd_trans_huge(pmd_get(m.mm, m.from))) return false;
  if (m.pages == HPAGE_PMD_NR && move_huge_pmd(m.vma, m.from, m.to, m.need_rmap_locks)) return true;
  split_huge_page_pmd(m.vma, m.from);
  return false;
}

// Returns how many pages it got to; fewer than asked for: no memory.
unsigned move_parts(const move& m) {
  mmu_notifier_range range{m.mm, m.from, m.from + m.pages};
  adjust_range_if_pmd_sharing_possible(m.vma, &range.start, &range.end);
  mmu_notifier_invalidate_range_start(&range);
  unsigned done = 0;
  while (done < m.pages) {
    const move part = next_part(m, done);
    // What was shared comes by faults at the new place.
    if (is_vm_hugetlb_page(m.vma)) huge_pmd_unshare(nullptr, m.vma, part.from);
    if (!move_huge(part) && pte_offset_map(m.mm, part.from).table != nullptr && !move_table(part)) {
      if (!pte_alloc(m.mm, part.to)) break;
      move_ptes(part);
    }
    done += part.pages;
  }
  if (design().mremap_flush == mremap_flush::after) flush_tlb_range(m.mm, m.from, m.from + m.pages);
  mmu_notifier_invalidate_range_end(&range);
  return done;
}

}  // namespace

bool move_page_tables(vm_area_struct* vma, unsigned from, unsigned to, unsigned pages,
                      bool need_rmap_locks) {
  mm_struct* mm = vma->vm_mm.get();
  // Nobody shares a table that is half moved.
  hugetlb_lock(vma);
  const bool locked = is_vm_hugetlb_page(vma);
  const unsigned done = move_parts({vma, mm, from, to, pages, need_rmap_locks && !locked});
  if (done < pages) {
    // The tables at the old place are still there.
    reached(reach_counter::mremap_undone);
    move_parts({vma, mm, to, from, done, !locked});
  }
  hugetlb_unlock(vma);
  return done == pages;
}

namespace {

const char* move_vma(mm_struct* mm, vm_area_struct* vma, unsigned to) {
  const unsigned from = vma->vm_start.get();
  const unsigned pages = vma_pages(vma);
  vma_start_change(vma);
  // KSM finds its pages by address.
  if (!unmerge_ksm_pages(vma, from, from + pages)) return no_memory();
  data_mapped(mm, to, to + pages, nullptr, false);
  bool merged;
  vm_area_struct* grown = copy_vma(&vma, to, &merged);
  if (grown == nullptr) {
    if (merged) do_munmap(mm, to, to + pages);
    return no_memory();
  }
  if (merged) reached(reach_counter::mremap_merged);
  data_move_begin(mm, from, to, pages);
  // A new vma stands behind the old one in each list, so walks come to it later.
  const bool lock = merged && design().mremap_rmap == mremap_rmap::locked;
  if (!move_page_tables(vma, from, to, pages, lock)) {
    data_mapped(mm, to, to + pages, nullptr, false);
    do_munmap(mm, to, to + pages);
    return kNoMemory;
  }
  data_move_end(mm, from, to, pages);
  do_munmap(mm, from, from + pages);
  return nullptr;
}

}  // namespace

const char* do_mremap(mm_struct* mm, unsigned address, unsigned hint) {
  down_write(&mm->mmap_sem);
  vm_area_struct* vma = find_vma(mm, address);
  const char* why = kNoArea;
  if (vma != nullptr) {
    const unsigned align = is_vm_hugetlb_page(vma) ? kPtrsPerTable : 1;
    const unsigned to = get_unmapped_area(mm, hint, vma_pages(vma), align);
    why = to == kNoRange ? kNoRoom : move_vma(mm, vma, to);
  }
  mmap_write_unlock(mm);
  return why;
}

}  // namespace rw::mm
