#include "targets/mm/huge_memory.h"

#include "targets/mm/design.h"
#include "targets/mm/huge_split.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_gather.h"
#include "targets/mm/notify_in_ptl.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"
#include "targets/mm/rmap.h"
#include "targets/mm/tlb.h"
#include "targets/mm/vma.h"
#include "targets/mm/zero_page.h"

namespace rw::mm {

pmd_t mk_huge_pmd(const page* head, bool writable) {
  return mk_pte(head, writable) | pmd_t{1} << kPmdHugeBit;
}
page* pmd_page(pmd_t pmd) {
  return pte_page(static_cast<pte_t>(pmd));
}

void set_huge_pmd(mm_struct* mm, unsigned address, pmd_t pmd, pte_table* deposit) {
  lockdep_assert_held(&mm->page_table_lock);
  mm->pgd.deposit[address / kPtrsPerTable].set(deposit);
  smp_store_release(pmd_offset(mm, address), pmd);
}

pmd_t pmdp_get_and_clear(mm_struct* mm, unsigned address, pte_table** deposit, sync::site where) {
  lockdep_assert_held(&mm->page_table_lock, where);
  RW_NOTE("clear pmd {}[{:#x}]", object_name(mm), pmd_start(address));
  auto& deposited = mm->pgd.deposit[address / kPtrsPerTable];
  *deposit = deposited.get();
  deposited.set(nullptr);
  return xchg(pmd_offset(mm, address), 0, where);
}

pmd_t pmdp_invalidate(mm_struct* mm, unsigned address) {
  lockdep_assert_held(&mm->page_table_lock);
  const pmd_t pmd = pmd_get(mm, address);
  if (design().pmd_replace == pmd_replace::invalidate)
    clear_bit(kPtePresentBit, pmd_offset(mm, address));
  else
    WRITE_ONCE(*pmd_offset(mm, address), 0);
  flush_tlb_range(mm, pmd_start(address), pmd_start(address) + HPAGE_PMD_NR);
  return pmd;
}

void copy_huge_contents(page* to, const page* from) {
  for (unsigned i = 0; i < HPAGE_PMD_NR; ++i) WRITE_ONCE(to[i].content, READ_ONCE(from[i].content));
}

void replace_huge_mapping(vm_area_struct* vma, unsigned address, page* old, page* fresh,
                          bool writable) {
  mm_struct* mm = vma->vm_mm.get();
  lockdep_assert_held(&mm->page_table_lock);
  page_add_new_anon_rmap(fresh, vma, pmd_start(address));
  lru_cache_add(fresh);
  smp_store_release(pmd_offset(mm, address), mk_huge_pmd(fresh, writable));
  if (old != nullptr) page_remove_rmap(old, true);
}

bool transparent_hugepage_enabled(const vm_area_struct* vma, unsigned address) {
  const unsigned start = pmd_start(address);
  return (vma->vm_flags.get() & VM_HUGEPAGE) != 0 && start >= vma->vm_start.get() &&
         start + HPAGE_PMD_NR <= vma->vm_end.get();
}

bool pmd_trans_huge_lock(vm_area_struct* vma, unsigned address) {
  mm_struct* mm = vma->vm_mm.get();
  spin_lock(&mm->page_table_lock);
  const pmd_t pmd = pmd_get(mm, address);
  if (pmd_trans_huge(pmd) && !pmd_trans_splitting(pmd)) return true;
  spin_unlock(&mm->page_table_lock);
  if (pmd_trans_huge(pmd)) wait_split_huge_page(vma, address);
  return false;
}

bool zap_huge_pmd(mmu_gather* tlb, vm_area_struct* vma, unsigned address) {
  if (!pmd_trans_huge_lock(vma, address)) return false;
  pte_table* table;
  const pmd_t old = pmdp_get_and_clear(tlb->mm, address, &table);
  if (tlb->tells) notify_in_ptl(tlb->mm, pmd_start(address), HPAGE_PMD_NR);
  for (unsigned i = 0; i < HPAGE_PMD_NR; ++i) tlb_remove_tlb_entry(tlb, pmd_start(address) + i);
  if (is_huge_zero_pmd(old)) {
    spin_unlock(&tlb->mm->page_table_lock);
    pte_free_flushed(table);
    return true;
  }
  page* head = pmd_page(old);
  // A split after this gives the tails to others, who free them without a word to us.
  if (design().huge_zap == huge_zap::flush_locked) tlb_flush_mmu_tlbonly(tlb);
  page_remove_rmap(head, true);
  spin_unlock(&tlb->mm->page_table_lock);
  reached(reach_counter::huge_zapped);
  const bool full = tlb_remove_page(tlb, head);
  pte_free_flushed(table);
  if (full) tlb_flush_mmu(tlb);
  return true;
}

bool change_huge_pmd(vm_area_struct* vma, unsigned address) {
  if (!pmd_trans_huge_lock(vma, address)) return false;
  mm_struct* mm = vma->vm_mm.get();
  clear_bit(kPteWriteBit, pmd_offset(mm, address));
  notify_in_ptl(mm, pmd_start(address), HPAGE_PMD_NR);
  spin_unlock(&mm->page_table_lock);
  return true;
}

bool move_huge_pmd(vm_area_struct* vma, unsigned from, unsigned to, bool need_rmap_locks) {
  mm_struct* mm = vma->vm_mm.get();
  if (!pmd_none(pmd_get(mm, to))) return false;
  // A walk that has been at the new place and comes to the old one later would miss the page.
  const rmap_locks locks = need_rmap_locks ? take_rmap_locks(vma) : rmap_locks{nullptr, nullptr};
  const bool huge = pmd_trans_huge_lock(vma, from);
  if (huge) {
    pte_table* table;
    const pmd_t pmd = pmdp_get_and_clear(mm, from, &table);
    set_huge_pmd(mm, to, pmd, table);
    flush_tlb_range(mm, from, from + HPAGE_PMD_NR);
    notify_in_ptl(mm, from, HPAGE_PMD_NR);
    spin_unlock(&mm->page_table_lock);
    reached(reach_counter::huge_moved);
  }
  drop_rmap_locks(locks);
  return huge;
}

bool copy_huge_pmd(mm_struct* child, vm_area_struct* vma, unsigned address, bool* copied) {
  mm_struct* parent = vma->vm_mm.get();
  *copied = false;
  pte_table* table = pte_alloc_one();
  if (table == nullptr) return false;
  spin_lock(&child->page_table_lock);
  spin_lock_nested(&parent->page_table_lock, SINGLE_DEPTH_NESTING);
  const pmd_t pmd = pmd_get(parent, address);
  const bool splitting = pmd_trans_splitting(pmd);
  *copied = pmd_trans_huge(pmd) && !splitting;
  if (*copied) {
    page* head = pmd_page(pmd);
    if (!is_huge_zero_pmd(pmd)) {
      get_page(head);
      page_dup_rmap(head, true);
      clear_bit(kPteWriteBit, pmd_offset(parent, address));
      notify_in_ptl(parent, address, HPAGE_PMD_NR);
    }
    set_huge_pmd(child, address, mk_huge_pmd(head, false), table);
    reached(reach_counter::huge_forked);
  }
  spin_unlock(&parent->page_table_lock);
  spin_unlock(&child->page_table_lock);
  if (splitting) wait_split_huge_page(vma, address);
  if (!*copied) pte_free(table);
  return true;
}

namespace {

[[noreturn]] void fail_bad_pmd(const mm_struct* mm, unsigned address, pmd_t pmd) {
  sync::fail("invariant", {"pmd", "bad"},
             fmt::format("bad pmd {:#x} of {}[{:#x}]: it became another kind between two readings",
                         pmd, object_name(mm), pmd_start(address)));
}

}  // namespace

bool pmd_none_or_trans_huge_or_clear_bad(const mm_struct* mm, unsigned address, pmd_t seen) {
  switch (const pmd_read how = design().pmd_read; how) {
    case pmd_read::once:
      break;
    case pmd_read::twice:  // pmd_none and pmd_bad read for themselves
      if (pmd_none(pmd_get(mm, address))) return true;
      seen = pmd_get(mm, address);
      if (pmd_trans_huge(seen)) fail_bad_pmd(mm, address, seen);
      break;
    case pmd_read::halves: {  // of a 64-bit entry, by a 32-bit CPU
      const pmd_t first = pmd_get(mm, address);
      const pmd_t second = pmd_get(mm, address);
      seen = (second & ~pmd_t{0xffffffffU}) | (first & 0xffffffffU);
      if (seen != first && seen != second) fail_bad_pmd(mm, address, seen);
      break;
    }
  }
  return pmd_none(seen) || pmd_trans_huge(seen);
}

}  // namespace rw::mm
