#include "targets/mm/hugetlb.h"

#include "targets/mm/design.h"
#include "targets/mm/i_mmap_lock.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_gather.h"
#include "targets/mm/notify_in_ptl.h"
#include "targets/mm/oracle.h"
#include "targets/mm/rmap.h"
#include "targets/mm/tlb.h"
#include "targets/mm/vm_fault.h"
#include "targets/mm/world.h"

namespace rw::mm {

namespace {

// Under a spinlock no zap could hold it from start to end, so nothing is shared.
bool may_share_tables(const vm_area_struct* vma) {
  return is_vm_hugetlb_page(vma) && !i_mmap_lock_spins();
}

}  // namespace

void hugetlb_lock(vm_area_struct* vma, sync::site where) {
  if (may_share_tables(vma)) i_mmap_lock_write(vma->vm_file.get(), where);
}
void hugetlb_unlock(vm_area_struct* vma, sync::site where) {
  if (may_share_tables(vma)) i_mmap_unlock_write(vma->vm_file.get(), where);
}

void adjust_range_if_pmd_sharing_possible(const vm_area_struct* vma, unsigned* start,
                                          unsigned* end) {
  if (!is_vm_hugetlb_page(vma)) return;
  *start = pmd_start(*start);
  *end = pmd_start(*end + kPtrsPerTable - 1);
}

namespace {

// ---- sharing: i_mmap_mutex is held --------------------------------------------------------------

// Whether the area has all that the pmd of `address` covers, and may share the table of it.
bool vma_shareable(const vm_area_struct* vma, unsigned address) {
  const unsigned start = pmd_start(address);
  const std::uint32_t flags = vma->vm_flags.get();
  if ((flags & VM_MAYSHARE) == 0 || !may_share_tables(vma)) return false;
  // What a table permits, it permits all who have it.
  if (design().share_rights == share_rights::writable && (flags & VM_WRITE) == 0) return false;
  return vma->vm_start.get() <= start && start + kPtrsPerTable <= vma->vm_end.get();
}

// Where the other area has the part of the file that `vma` has in the pmd of `address`, if it may
// share the table there.
bool page_table_shareable(const vm_area_struct* other, const vm_area_struct* vma, unsigned address,
                          unsigned* there) {
  const std::uint32_t index = pmd_start(address) - vma->vm_start.get() + vma->vm_pgoff.get();
  if (!vma_address(other, index, there) || *there % kPtrsPerTable != 0) return false;
  return other->vm_flags.get() == vma->vm_flags.get() && vma_shareable(other, *there);
}

// The table of another area, which counts one pmd more now; null: nobody has one.
pte_table* get_shareable_table(vm_area_struct* vma, unsigned address) {
  const list_head* head = &vma->vm_file.get()->i_mmap;
  for (list_head* node = head->next.get(); node != head; node = node->next.get()) {
    vm_area_struct* other = RW_ENTRY(node, vm_area_struct, i_mmap);
    unsigned there;
    if (other == vma || !page_table_shareable(other, vma, address, &there)) continue;
    const pmd_t pmd = pmd_get(other->vm_mm.get(), there);
    if (!pmd_hugetlb(pmd)) continue;
    atomic_inc(&pmd_pgtable(pmd)->pt_share_count);
    return pmd_pgtable(pmd);
  }
  return nullptr;
}

// The pmd was none. It gets another area's table, or the new one, under the same lock as the
// search, or two faults that find nothing would make two. Returns whether the new one is used.
bool huge_pmd_share(vm_area_struct* vma, unsigned address, pte_table* fresh) {
  mm_struct* mm = vma->vm_mm.get();
  pte_table* table = get_shareable_table(vma, address);
  const bool shared = table != nullptr;
  if (!shared) table = fresh;
  spin_lock(&mm->page_table_lock);
  const bool ours = pmd_none(pmd_get(mm, address));
  if (ours) {
    smp_store_release(pmd_offset(mm, address), pmd_of_hugetlb_table(table));
    oracle_table_shared(vma, table);
  }
  spin_unlock(&mm->page_table_lock);
  if (ours && shared) {
    RW_NOTE("share {} for {}[{:#x}]", object_name(table), object_name(mm), pmd_start(address));
    reached(reach_counter::pmd_shared);
  }
  if (!ours && shared) {
    put_shared_table(table);
    reached(reach_counter::pmd_share_raced);
  }
  return ours && !shared;
}

// mmap_sem is held. False: no memory.
bool huge_pte_alloc(vm_area_struct* vma, unsigned address) {
  if (!pmd_none(pmd_get(vma->vm_mm.get(), address))) return true;
  if (!vma_shareable(vma, address)) return __pte_alloc(vma->vm_mm.get(), address);
  // Before the lock, under which others reclaim.
  pte_table* fresh = pte_alloc_one();
  if (fresh == nullptr) return false;
  hugetlb_lock(vma);
  const bool used = huge_pmd_share(vma, address, fresh);
  hugetlb_unlock(vma);
  if (!used) kmem_cache_free(w().pte_table_cache, fresh);
  return true;
}

}  // namespace

bool put_shared_table(pte_table* table) {
  return !atomic_add_unless(&table->pt_share_count, -1, 0);
}

bool huge_pmd_unshare(mmu_gather* tlb, vm_area_struct* vma, unsigned address) {
  mm_struct* mm = vma->vm_mm.get();
  const pmd_t pmd = pmd_get(mm, address);
  if (!pmd_hugetlb(pmd) || atomic_read(&pmd_pgtable(pmd)->pt_share_count) == 0) return false;
  const unsigned start = pmd_start(address);
  RW_NOTE("unshare {} of {}[{:#x}]", object_name(pmd_pgtable(pmd)), object_name(mm), start);
  spin_lock(&mm->page_table_lock);
  WRITE_ONCE(*pmd_offset(mm, address), 0);
  notify_in_ptl(mm, start, kPtrsPerTable);
  atomic_dec(&pmd_pgtable(pmd)->pt_share_count);
  spin_unlock(&mm->page_table_lock);
  reached(reach_counter::pmd_unshared);

  const pmd_unshare how = design().pmd_unshare;
  if (how == pmd_unshare::none) return true;
  if (how == pmd_unshare::gathered && tlb != nullptr) {
    tlb_remove_tlb_entry(tlb, start);
    tlb_remove_tlb_entry(tlb, start + kPtrsPerTable - 1);
    return true;
  }
  // As soon as the mutex is free, the last owner may free the table or use it for something else.
  flush_tlb_range(mm, start, start + kPtrsPerTable);
  // A walk without locks answers no flush if RCU protects it (kernel: tlb_remove_table_sync_one).
  if (how == pmd_unshare::flush_and_wait && design().table_free == table_free::rcu)
    synchronize_rcu();
  return true;
}

bool huge_pmd_unshare_for_rmap(vm_area_struct* vma, unsigned address) {
  if (!is_vm_hugetlb_page(vma) || design().shared_rmap == shared_rmap::in_place) return false;
  if (!huge_pmd_unshare(nullptr, vma, address)) return false;
  reached(reach_counter::pmd_unshared_by_rmap);
  return true;
}

void hugetlb_stop_sharing(vm_area_struct* vma) {
  if (design().share_dying == share_dying::yes) return;
  vma->vm_flags.set(vma->vm_flags.get() & ~VM_MAYSHARE);
}

ptep_t huge_pte_offset_lock(mm_struct* mm, unsigned address, sync::site where) {
  spin_lock(&mm->page_table_lock, where);
  const ptep_t ptep = pte_offset_map_lock(mm, address, where);
  if (ptep.table == nullptr) spin_unlock(&mm->page_table_lock, where);
  return ptep;
}

void huge_pte_unlock(mm_struct* mm, ptep_t ptep, sync::site where) {
  pte_unmap_unlock(ptep, where);
  spin_unlock(&mm->page_table_lock, where);
}

namespace {

// ---- the fault ----------------------------------------------------------------------------------

// With the page lock: the pte again. `first`: where it was when the fault began.
ptep_t lock_pte_again(mm_struct* mm, unsigned address, ptep_t first) {
  if (design().huge_fault == huge_fault::look_again) return huge_pte_offset_lock(mm, address);
  spin_lock(&mm->page_table_lock);
  spin_lock(&first.table->ptl);
  return first;
}

// Nothing was mapped.
outcome hugetlb_no_page(vm_area_struct* vma, unsigned address, bool write, ptep_t first) {
  mm_struct* mm = vma->vm_mm.get();
  page* p =
      file_get_locked_page(vma->vm_file.get(), address - vma->vm_start.get() + vma->vm_pgoff.get());
  if (p == nullptr) return no_memory();
  const ptep_t ptep = lock_pte_again(mm, address, first);
  if (ptep.table == nullptr) reached(reach_counter::huge_fault_unshared);
  const bool ours = ptep.table != nullptr && pte_none(ptep_get(ptep));
  if (ours) {
    get_page(p);
    page_add_file_rmap(p);
    const pte_t pte = mk_pte(p, write);
    set_pte_at(ptep, write ? pte_mkdirty(pte) : pte);
  } else {
    reached(reach_counter::fault_raced);
  }
  if (ptep.table != nullptr) huge_pte_unlock(mm, ptep);
  if (ours && write) set_page_dirty(p);
  // Locked until here, as in a fault of any file.
  unlock_page(p);
  put_page(p);
  return nullptr;
}

// A write where the pte is read-only: for all who have the table. Locks are held, and left.
void make_writable(mm_struct* mm, ptep_t ptep, pte_t pte) {
  page* p = pte_page(pte);
  get_page(p);
  set_pte_at(ptep, pte_mkdirty(pte_mkwrite(mk_pte(p, true))));
  huge_pte_unlock(mm, ptep);
  set_page_dirty(p);
  reached(reach_counter::file_made_writable);
  put_page(p);
}

// Locks are held, and left.
void wait_for_migration(mm_struct* mm, ptep_t ptep, pte_t pte) {
  page* p = pte_page(pte);
  const bool waits = get_page_unless_zero(p);
  huge_pte_unlock(mm, ptep);
  if (!waits) return;
  reached(reach_counter::migration_waited);
  lock_page(p);
  unlock_page(p);
  put_page(p);
}

}  // namespace

const char* hugetlb_fault(vm_area_struct* vma, unsigned address, bool write) {
  mm_struct* mm = vma->vm_mm.get();
  if (!huge_pte_alloc(vma, address)) return no_memory();
  const ptep_t ptep = huge_pte_offset_lock(mm, address);
  if (ptep.table == nullptr) {  // given up since; the access is tried again
    reached(reach_counter::huge_fault_unshared);
    return nullptr;
  }
  const pte_t pte = ptep_get(ptep);
  if (pte_none(pte)) {
    huge_pte_unlock(mm, ptep);
    return hugetlb_no_page(vma, address, write, ptep);
  }
  if (pte_is_migration(pte))
    wait_for_migration(mm, ptep, pte);
  else if (write && !pte_write(pte))
    make_writable(mm, ptep, pte);
  else
    huge_pte_unlock(mm, ptep);
  return nullptr;
}

}  // namespace rw::mm
