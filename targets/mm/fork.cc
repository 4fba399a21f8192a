#include "targets/mm/fork.h"

#include <algorithm>

#include "targets/mm/anon_vma.h"
#include "targets/mm/data_oracle.h"
#include "targets/mm/design.h"
#include "targets/mm/huge_memory.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/notify_in_ptl.h"
#include "targets/mm/reach.h"
#include "targets/mm/rmap.h"
#include "targets/mm/swap.h"
#include "targets/mm/tlb.h"
#include "targets/mm/vma.h"
#include "targets/mm/vma_lock.h"
#include "targets/mm/zero_page.h"

namespace rw::mm {

namespace {

// Both tables' locks are held.
void copy_one_pte(mm_struct* parent_mm, unsigned address, ptep_t child, ptep_t parent) {
  const pte_t pte = ptep_get(parent);
  if (pte_none(pte)) return;
  if (pte_is_swap(pte)) {
    swap_duplicate(pte_value(pte));
    set_pte_at(child, pte);
    reached(reach_counter::swap_forked);
    return;
  }
  if (pte_write(pte)) {
    ptep_set_wrprotect(parent);
    notify_in_ptl(parent_mm, address);
  }
  if (pte_is_migration(pte)) {
    set_pte_at(child, pte_wrprotect(pte));
    reached(reach_counter::migration_forked);
    return;
  }
  page* p = vm_normal_page(pte);
  if (p == nullptr) {
    set_pte_at(child, pte);
    reached(reach_counter::zero_page_forked);
    return;
  }
  get_page(p);
  page_dup_rmap(p);
  set_pte_at(child, mk_pte(p, false));
  reached(reach_counter::fork_shared);
}

// [address, end) lies within one table. False: no memory.
bool copy_pte_range(mm_struct* child, vm_area_struct* vma, unsigned address, unsigned end) {
  mm_struct* parent = vma->vm_mm.get();
  const pmd_t pmd = pmd_get(parent, address);
  if (pmd_none(pmd)) return true;
  if (pmd_trans_huge(pmd)) {
    bool copied;
    if (!copy_huge_pmd(child, vma, address, &copied)) return false;
    if (copied) return true;
  }
  if (!pte_alloc(child, address)) return false;
  ptep_t to = pte_offset_map_lock(child, address);
  ptep_t from = pte_offset_map(parent, address);
  spin_lock_nested(&from.table->ptl, SINGLE_DEPTH_NESTING);
  for (; address < end; ++address, ++to.slot, ++from.slot) copy_one_pte(parent, address, to, from);
  pte_unmap_unlock(from);
  pte_unmap_unlock(to);
  return true;
}

bool copy_page_range(mm_struct* child, mm_struct* parent, vm_area_struct* vma) {
  // Pages of a file alone come by faults.
  if (is_shared(vma) || smp_load_acquire(&vma->anon_vma) == nullptr) return true;
  const unsigned start = vma->vm_start.get();
  const unsigned end = vma->vm_end.get();
  mmu_notifier_range range{parent, start, end};
  mmu_notifier_invalidate_range_start(&range);
  bool copied = true;
  for (unsigned address = start, next; address < end && copied; address = next) {
    next = std::min(end, (address / kPtrsPerTable + 1) * kPtrsPerTable);
    copied = copy_pte_range(child, vma, address, next);
  }
  mmu_notifier_invalidate_range_end(&range);
  return copied;
}

bool dup_vma(mm_struct* child, mm_struct* parent, vm_area_struct* vma) {
  if (design().vma_fork == vma_fork::locked) vma_start_write(vma);
  vm_area_struct* copy = alloc_vma(child, vma->vm_start.get(), vma->vm_end.get(),
                                   vma->vm_pgoff.get(), vma->vm_flags.get(), vma->vm_file.get());
  if (copy == nullptr) return false;
  if (!anon_vma_fork(copy, vma)) {
    free_vma(copy);
    return false;
  }
  link_vma(child, copy, vma);
  return copy_page_range(child, parent, vma);
}

}  // namespace

mm_struct* dup_mm(mm_struct* parent) {
  mm_struct* child = mm_alloc();
  if (child == nullptr) return nullptr;
  down_write(&parent->mmap_sem);
  down_write_nested(&child->mmap_sem, SINGLE_DEPTH_NESTING);
  data_fork_begin(parent, child);
  bool copied = true;
  for (vm_area_struct* vma = parent->mmap.get(); vma != nullptr && copied; vma = vma->vm_next.get())
    copied = dup_vma(child, parent, vma);
  flush_tlb_mm(parent);
  data_fork_end();
  mmap_write_unlock(child);
  mmap_write_unlock(parent);
  if (copied) return child;
  reached(reach_counter::allocation_failed);
  mmput(child);
  return nullptr;
}

}  // namespace rw::mm
