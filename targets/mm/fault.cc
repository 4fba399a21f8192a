#include "targets/mm/fault.h"

#include "targets/mm/anon_vma.h"
#include "targets/mm/data_oracle.h"
#include "targets/mm/design.h"
#include "targets/mm/file.h"
#include "targets/mm/huge_memory.h"
#include "targets/mm/hugetlb.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"
#include "targets/mm/rmap.h"
#include "targets/mm/speculative_fault.h"
#include "targets/mm/swap.h"
#include "targets/mm/tlb.h"
#include "targets/mm/vm_fault.h"
#include "targets/mm/vma_lock.h"
#include "targets/mm/zero_page.h"

namespace rw::mm {

namespace {

constexpr outcome kReadOnly = "the area is read-only";

// Nothing to write yet: the zero page will do.
outcome map_zero_page(const vm_fault& f) {
  lock_pte(f);
  const bool ours = pte_unchanged(f);
  if (ours) set_pte_at(f.ptep, mk_pte(zero_page(), false));
  pte_unmap_unlock(f.ptep);
  reached(ours ? reach_counter::zero_page_mapped : reach_counter::fault_raced);
  return nullptr;
}

outcome do_anonymous_page(const vm_fault& f) {
  if (!f.write) return map_zero_page(f);
  if (!anon_vma_prepare(f.vma)) return no_memory();
  page* p = alloc_page();
  if (p == nullptr) return no_memory();
  lock_pte(f);
  const bool ours = pte_unchanged(f);
  if (ours) {
    page_add_new_anon_rmap(p, f.vma, f.address);
    lru_cache_add(p);
    set_pte_at(f.ptep, mk_pte(p, may_write(f.vma)));
  }
  pte_unmap_unlock(f.ptep);
  reached(ours ? reach_counter::anonymous_page : reach_counter::fault_raced);
  if (!ours) put_page(p);
  return nullptr;
}

page* file_page(const vm_fault& f) {
  const std::uint32_t index = f.address - f.vma->vm_start.get() + f.vma->vm_pgoff.get();
  return file_get_locked_page(f.vma->vm_file.get(), index);
}

// A write to a private mapping where nothing is mapped yet.
outcome do_cow_fault(const vm_fault& f) {
  page* copy = anon_vma_prepare(f.vma) ? alloc_page() : nullptr;
  if (copy == nullptr) return no_memory();
  page* p = file_page(f);
  if (p == nullptr) {
    put_page(copy);
    return no_memory();
  }
  WRITE_ONCE(copy->content, READ_ONCE(p->content));
  lock_pte(f);
  const bool ours = pte_unchanged(f);
  if (ours) map_private_copy(f, copy);
  pte_unmap_unlock(f.ptep);
  unlock_page(p);
  put_page(p);
  reached(ours ? reach_counter::private_copied : reach_counter::fault_raced);
  if (!ours) put_page(copy);
  return nullptr;
}

// A read maps the page read-only, so that the first write tells.
outcome do_file_fault(const vm_fault& f) {
  if (f.write && !is_shared(f.vma)) return do_cow_fault(f);
  page* p = file_page(f);
  if (p == nullptr) return no_memory();
  lock_pte(f);
  const bool ours = pte_unchanged(f);
  if (ours) {
    get_page(p);
    page_add_file_rmap(p);
    const pte_t pte = mk_pte(p, f.write);
    set_pte_at(f.ptep, f.write ? pte_mkdirty(pte) : pte);
  } else {
    reached(reach_counter::fault_raced);
  }
  pte_unmap_unlock(f.ptep);
  if (ours && f.write) set_page_dirty(p);
  // Locked until here, so that truncate and reclaim see the pte or keep it from coming.
  unlock_page(p);
  put_page(p);
  return nullptr;
}

outcome do_swap_page(const vm_fault& f) {
  if (!anon_vma_prepare(f.vma)) return no_memory();
  page* p = alloc_page();
  if (p == nullptr) return no_memory();
  const unsigned entry = pte_value(f.orig);
  swap_slot* slot = swap_slot_at(entry);
  // Held until the pte is ours: the slot cannot be reused in between, so an equal pte means equal
  // data.
  mutex_lock(&slot->lock);
  WRITE_ONCE(p->content, READ_ONCE(slot->data));
  lock_pte(f);
  const bool ours = pte_unchanged(f);
  if (ours) {
    page_add_new_anon_rmap(p, f.vma, f.address);
    lru_cache_add(p);
    set_pte_at(f.ptep, mk_pte(p, may_write(f.vma)));
    swap_free(entry);
  }
  pte_unmap_unlock(f.ptep);
  mutex_unlock(&slot->lock);
  reached(ours ? reach_counter::swapped_in : reach_counter::fault_raced);
  if (!ours) put_page(p);
  return nullptr;
}

// Waits until the page has arrived; the access is tried again.
outcome migration_entry_wait(const vm_fault& f) {
  page* p = pte_page(f.orig);
  lock_pte(f);
  // While the entry is there the migration has a reference.
  const bool there = pte_unchanged(f);
  const bool waits = there && get_page_unless_zero(p);
  pte_unmap_unlock(f.ptep);
  // A part of a huge page has no references of its own until the split gives it one.
  if (there && !waits) sync::relax();
  if (!waits) return nullptr;
  reached(reach_counter::migration_waited);
  lock_page(p);
  unlock_page(p);
  put_page(p);
  return nullptr;
}

}  // namespace

const char* handle_mm_fault(mm_struct* mm, vm_area_struct* vma, unsigned address, bool write,
                            bool force, bool* broke_cow) {
  bool ignored;
  if (broke_cow == nullptr) broke_cow = &ignored;
  if (write && !may_write(vma) && (!force || is_shared(vma))) return kReadOnly;
  if (is_vm_hugetlb_page(vma)) return hugetlb_fault(vma, address, write);
  const pmd_t pmd = pmd_get(mm, address);
  if (pmd_trans_huge(pmd)) {
    do_huge_pmd_fault(vma, address, write, pmd, broke_cow);
    return nullptr;
  }
  if (pmd_none(pmd)) {
    if (transparent_hugepage_enabled(vma, address) &&
        do_huge_pmd_anonymous_page(vma, address, write))
      return nullptr;
    if (!__pte_alloc(mm, address)) return no_memory();
  }
  const ptep_t ptep = pte_offset_map(mm, address);
  if (ptep.table == nullptr) return nullptr;  // another task's fault made it huge
  const vm_fault f{mm, vma, address, write, broke_cow, ptep, ptep_get(ptep)};
  if (pte_none(f.orig))
    return vma->vm_file.get() != nullptr ? do_file_fault(f) : do_anonymous_page(f);
  if (pte_is_swap(f.orig)) return do_swap_page(f);
  if (pte_is_migration(f.orig)) return migration_entry_wait(f);

  lock_pte(f);
  if (!pte_unchanged(f) || !write || pte_write(f.orig)) {
    pte_unmap_unlock(f.ptep);
    return nullptr;
  }
  return do_wp_page(f);
}

const char* fault_in(mm_struct* mm, unsigned address, bool write) {
  if (handle_speculative_fault(mm, address, write)) return nullptr;
  if (vm_area_struct* vma = lock_vma_under_rcu(mm, address)) {
    const char* why = handle_mm_fault(mm, vma, address, write);
    vma_end_read(vma);
    return why;
  }
  down_read(&mm->mmap_sem);
  vm_area_struct* vma = find_vma(mm, address);
  const char* why = vma != nullptr ? handle_mm_fault(mm, vma, address, write) : kNoArea;
  up_read(&mm->mmap_sem);
  return why;
}

const char* access_page(mm_struct* mm, unsigned address, bool write) {
  std::uint64_t token = write ? data_new_token() : 0;
  while (!cpu_access(mm, address, write, &token))
    if (const char* why = fault_in(mm, address, write)) return why;
  RW_NOTE("{} {}[{:#x}]: {}", write ? "write" : "read", object_name(mm), address, token);
  return nullptr;
}

}  // namespace rw::mm
