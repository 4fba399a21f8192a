#include "targets/mm/fault.h"

#include "targets/mm/anon_vma.h"
#include "targets/mm/data_oracle.h"
#include "targets/mm/design.h"
#include "targets/mm/file.h"
#include "targets/mm/huge_memory.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"
#include "targets/mm/rmap.h"
#include "targets/mm/swap.h"
#include "targets/mm/tlb.h"
#include "targets/mm/vma.h"

namespace rw::mm {

namespace {

// What a fault came to: null means done, or raced and worth another access.
using outcome = const char*;
constexpr outcome kNoMemory = "no memory";
constexpr outcome kNoArea = "nothing is mapped there";
constexpr outcome kReadOnly = "the area is read-only";

outcome no_memory() {
  reached(reach_counter::allocation_failed);
  return kNoMemory;
}

// One fault (kernel 4.10: struct vm_fault). mmap_sem is held, so `ptep` stays.
struct vm_fault {
  mm_struct* mm;
  vm_area_struct* vma;
  unsigned address;
  bool write;
  ptep_t ptep;
  pte_t orig;  // as it was when the fault decided what to do
};

bool may_write(const vm_area_struct* vma) {
  return (vma->vm_flags.get() & VM_WRITE) != 0;
}

// With the table's lock: whether nobody has changed the pte meanwhile.
bool pte_unchanged(const vm_fault& f) {
  return pte_same(ptep_get(f.ptep), f.orig);
}

void lock_pte(const vm_fault& f) {
  spin_lock(&f.ptep.table->ptl);
}

outcome do_anonymous_page(const vm_fault& f) {
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

// A read maps the page read-only, so that the first write tells.
outcome do_file_fault(const vm_fault& f) {
  const std::uint32_t index = f.address - f.vma->vm_start.get() + f.vma->vm_pgoff.get();
  page* p = file_get_locked_page(f.vma->vm_file.get(), index);
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
  const bool waits = pte_unchanged(f) && get_page_unless_zero(p);
  pte_unmap_unlock(f.ptep);
  if (!waits) return nullptr;
  reached(reach_counter::migration_waited);
  lock_page(p);
  unlock_page(p);
  put_page(p);
  return nullptr;
}

// The table's lock is held, and held again at the end, perhaps dropped in between. Returns whether
// the page is locked and the pte unchanged.
bool lock_page_under_ptl(const vm_fault& f, page* p) {
  if (trylock_page(p)) return true;
  reached(reach_counter::cow_waited);
  get_page(p);
  pte_unmap_unlock(f.ptep);
  lock_page(p);
  lock_pte(f);
  if (!pte_unchanged(f)) {
    pte_unmap_unlock(f.ptep);
    unlock_page(p);
    put_page(p);
    lock_pte(f);
    return false;
  }
  put_page(p);  // the pte has one
  return true;
}

// Puts `copy` in the place of `old` if the pte is unchanged. Returns whether it did.
bool replace_page(const vm_fault& f, page* old, page* copy) {
  const bool told_first = design().cow_notify != cow_notify::after;
  mmu_notifier_range range{f.mm, f.address, f.address + 1};
  if (told_first) mmu_notifier_invalidate_range_start(&range);
  lock_pte(f);
  const bool ours = pte_unchanged(f);
  if (ours) {
    // No CPU may write the copy while another still reads the old page.
    ptep_clear_flush(f.mm, f.address, f.ptep);
    if (design().cow_notify == cow_notify::change_pte_too) mmu_notifier_change_pte(f.mm, f.address);
    page_add_new_anon_rmap(copy, f.vma, f.address);
    lru_cache_add(copy);
    set_pte_at(f.ptep, mk_pte(copy, true));
    page_remove_rmap(old);
  }
  pte_unmap_unlock(f.ptep);
  if (!told_first) mmu_notifier_invalidate_range_start(&range);
  mmu_notifier_invalidate_range_end(&range);
  return ours;
}

outcome copy_on_write(const vm_fault& f, page* old) {
  page* copy = anon_vma_prepare(f.vma) ? alloc_page() : nullptr;
  if (copy == nullptr) {
    put_page(old);
    return no_memory();
  }
  WRITE_ONCE(copy->content, READ_ONCE(old->content));
  const bool ours = replace_page(f, old, copy);
  reached(ours ? reach_counter::cow_copied : reach_counter::cow_raced);
  put_page(old);
  put_page(ours ? old : copy);  // the pte's, or the copy nobody needs
  return nullptr;
}

// The table's lock is held on entry and not on return; the page is a shared file's.
outcome wp_page_shared(const vm_fault& f, page* p) {
  get_page(p);
  set_pte_at(f.ptep, pte_mkdirty(pte_mkwrite(mk_pte(p, true))));
  pte_unmap_unlock(f.ptep);
  set_page_dirty(p);
  reached(reach_counter::file_made_writable);
  put_page(p);
  return nullptr;
}

// The table's lock is held on entry and not on return. The pte is present and read-only.
outcome do_wp_page(const vm_fault& f) {
  page* old = pte_page(f.orig);
  if (f.vma->vm_file.get() != nullptr) return wp_page_shared(f, old);
  // The page lock keeps reclaim from unmapping the other ptes halfway, which would make this one
  // look like the only one.
  if (!lock_page_under_ptl(f, old)) {
    pte_unmap_unlock(f.ptep);
    return nullptr;
  }
  if (atomic_read(&old->mapcount) == 0) {
    reached(reach_counter::cow_reused);
    page_move_anon_rmap(old, f.vma);
    set_pte_at(f.ptep, mk_pte(old, true));
    pte_unmap_unlock(f.ptep);
    unlock_page(old);
    return nullptr;
  }
  get_page(old);
  pte_unmap_unlock(f.ptep);
  unlock_page(old);
  return copy_on_write(f, old);
}

}  // namespace

const char* handle_mm_fault(mm_struct* mm, vm_area_struct* vma, unsigned address, bool write) {
  if (write && !may_write(vma)) return kReadOnly;
  const pmd_t pmd = pmd_get(mm, address);
  if (pmd_trans_huge(pmd)) {
    do_huge_pmd_fault(vma, address, write, pmd);
    return nullptr;
  }
  if (pmd_none(pmd)) {
    if (transparent_hugepage_enabled(vma, address) && do_huge_pmd_anonymous_page(vma, address))
      return nullptr;
    if (!__pte_alloc(mm, address)) return no_memory();
  }
  const ptep_t ptep = pte_offset_map(mm, address);
  if (ptep.table == nullptr) return nullptr;  // another task's fault made it huge
  const vm_fault f{mm, vma, address, write, ptep, ptep_get(ptep)};
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
