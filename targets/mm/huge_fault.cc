// Faults on huge pages: the first touch, the huge zero page, copy-on-write.
#include "targets/mm/huge_memory.h"

#include "targets/mm/anon_vma.h"
#include "targets/mm/compound.h"
#include "targets/mm/design.h"
#include "targets/mm/huge_freeze.h"
#include "targets/mm/huge_split.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/notify_in_ptl.h"
#include "targets/mm/numa.h"
#include "targets/mm/reach.h"
#include "targets/mm/rmap.h"
#include "targets/mm/vm_fault.h"
#include "targets/mm/vma.h"
#include "targets/mm/zero_page.h"

namespace rw::mm {

namespace {

// Of a page that only this pmd maps (as maybe_mkwrite in vm_fault.h).
pmd_t maybe_pmd_mkwrite(const vm_area_struct* vma, const page* head) {
  const pmd_t pmd = mk_huge_pmd(head, may_write(vma));
  return may_write(vma) ? pmd : pmd | 1U << kPteDirtyBit;
}

}  // namespace

bool do_huge_pmd_anonymous_page(vm_area_struct* vma, unsigned address, bool write) {
  mm_struct* mm = vma->vm_mm.get();
  if (!anon_vma_prepare(vma)) return false;
  if (!write) return do_huge_zero_page(vma, address);
  page* head = alloc_huge_page();
  pte_table* table = head != nullptr ? pte_alloc_one() : nullptr;
  if (table == nullptr) {
    if (head != nullptr) put_page(head);
    reached(reach_counter::huge_fault_fallback);
    return false;
  }
  spin_lock(&mm->page_table_lock);
  const bool ours = pmd_none(pmd_get(mm, address));
  if (ours) {
    page_add_new_anon_rmap(head, vma, pmd_start(address));
    lru_cache_add(head);
    set_huge_pmd(mm, address, maybe_pmd_mkwrite(vma, head), table);
  }
  spin_unlock(&mm->page_table_lock);
  reached(ours ? reach_counter::huge_page : reach_counter::huge_fault_raced);
  if (ours) return true;
  pte_free(table);
  put_page(head);
  return true;
}

namespace {

// Puts `copy` in the place of `old` (null: the huge zero page) if the pmd is still `orig`. Returns
// whether it did.
bool replace_huge_page(vm_area_struct* vma, unsigned address, pmd_t orig, page* old, page* copy) {
  mm_struct* mm = vma->vm_mm.get();
  const unsigned start = pmd_start(address);
  mmu_notifier_range range{mm, start, start + HPAGE_PMD_NR};
  mmu_notifier_invalidate_range_start(&range);
  spin_lock(&mm->page_table_lock);
  const bool ours =
      pmd_same(pmd_get(mm, address), orig) && (old == nullptr || !maybe_reused(vma, old));
  if (ours) {
    pmdp_invalidate(mm, address);
    notify_in_ptl(mm, start, HPAGE_PMD_NR);
    replace_huge_mapping(vma, address, old, copy, may_write(vma));
    if (!may_write(vma)) set_bit(kPteDirtyBit, pmd_offset(mm, address));
  }
  spin_unlock(&mm->page_table_lock);
  mmu_notifier_invalidate_range_end(&range);
  return ours;
}

// `copy` is zero already. Without memory for it the access is tried again with ptes.
void replace_huge_zero_page(vm_area_struct* vma, unsigned address, pmd_t orig, bool* broke_cow) {
  page* copy = alloc_huge_page();
  if (copy == nullptr) {
    reached(reach_counter::huge_fault_fallback);
    split_huge_zero_page_pmd(vma, address);
    return;
  }
  *broke_cow = replace_huge_page(vma, address, orig, nullptr, copy);
  reached(*broke_cow ? reach_counter::huge_zero_copied : reach_counter::huge_fault_raced);
  if (!*broke_cow) put_page(copy);
}

// The caller has a reference on `old`.
void copy_huge_page(vm_area_struct* vma, unsigned address, pmd_t orig, page* old, bool* broke_cow) {
  page* copy = alloc_huge_page();
  if (copy == nullptr) {
    reached(reach_counter::huge_fault_fallback);
    if (splits_by_freeze())
      split_huge_pmd(vma, address);
    else
      split_huge_page(old);
    return;
  }
  copy_huge_contents(copy, old);
  const bool ours = replace_huge_page(vma, address, orig, old, copy);
  *broke_cow = ours;
  reached(ours ? reach_counter::huge_cow_copied : reach_counter::huge_fault_raced);
  put_page(ours ? old : copy);  // the pmd's, or the copy nobody needs
}

void do_huge_pmd_wp_page(vm_area_struct* vma, unsigned address, pmd_t orig, bool* broke_cow) {
  mm_struct* mm = vma->vm_mm.get();
  if (is_huge_zero_pmd(orig)) return replace_huge_zero_page(vma, address, orig, broke_cow);
  spin_lock(&mm->page_table_lock);
  // Keeps the page's count from moving from another mm's pmd to its ptes while it is added up.
  const bool locks = splits_by_freeze() && design().thp_split != thp_split::freeze_write_unlocked;
  page* locked = locks ? lock_huge_pmd_page(mm, address) : nullptr;
  const bool same = pmd_same(pmd_get(mm, address), orig);
  page* old = pmd_page(orig);
  int total;
  const bool alone = same && page_trans_huge_mapcount(old, &total) == 1;
  if (alone) set_bit(may_write(vma) ? kPteWriteBit : kPteDirtyBit, pmd_offset(mm, address));
  if (same && !alone) get_page(old);
  spin_unlock(&mm->page_table_lock);
  if (locked != nullptr) unlock_page(locked);
  if (alone) reached(reach_counter::huge_cow_reused);
  if (alone) *broke_cow = true;
  if (!same || alone) return;
  copy_huge_page(vma, address, orig, old, broke_cow);
  put_page(old);
}

}  // namespace

void do_huge_pmd_fault(vm_area_struct* vma, unsigned address, bool write, pmd_t orig,
                       bool* broke_cow) {
  if (pmd_trans_splitting(orig)) {
    // Taken for the wait.
    if (pmd_trans_huge_lock(vma, address)) spin_unlock(&vma->vm_mm.get()->page_table_lock);
  } else if (pmd_numa(orig)) {
    do_huge_pmd_numa_page(vma, address, orig);
  } else if (write && !pmd_write(orig)) {
    do_huge_pmd_wp_page(vma, address, orig, broke_cow);
  } else {
    // Replaced at the moment, perhaps.
    spin_lock(&vma->vm_mm.get()->page_table_lock);
    spin_unlock(&vma->vm_mm.get()->page_table_lock);
  }
}

}  // namespace rw::mm
