#include "targets/mm/fault.h"

#include "targets/mm/anon_vma.h"
#include "targets/mm/data_oracle.h"
#include "targets/mm/design.h"
#include "targets/mm/file.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"
#include "targets/mm/rmap.h"
#include "targets/mm/swap.h"
#include "targets/mm/vma.h"

namespace rw::mm {

namespace {

// What a fault came to: null means done, or raced and worth another access.
using outcome = const char*;
constexpr outcome kNoMemory = "no memory";
constexpr outcome kNoArea = "nothing is mapped there";

outcome no_memory() {
  reached(reach_counter::allocation_failed);
  return kNoMemory;
}

outcome do_anonymous_page(mm_struct* mm, vm_area_struct* vma, unsigned address) {
  if (!anon_vma_prepare(vma)) return no_memory();
  page* p = alloc_page();
  if (p == nullptr) return no_memory();
  spin_lock(&mm->page_table_lock);
  const bool ours = pte_none(ptep_get(mm, address));
  if (ours) {
    page_add_new_anon_rmap(p, vma, address);
    lru_cache_add(p);
    set_pte_at(mm, address, mk_pte(p, true));
  }
  spin_unlock(&mm->page_table_lock);
  reached(ours ? reach_counter::anonymous_page : reach_counter::fault_raced);
  if (!ours) put_page(p);
  return nullptr;
}

outcome do_file_fault(mm_struct* mm, vm_area_struct* vma, unsigned address) {
  const std::uint32_t index = address - vma->vm_start.get() + vma->vm_pgoff.get();
  page* p = file_get_locked_page(vma->vm_file.get(), index);
  if (p == nullptr) return no_memory();
  spin_lock(&mm->page_table_lock);
  const bool ours = pte_none(ptep_get(mm, address));
  if (ours) {
    get_page(p);
    page_add_file_rmap(p);
    set_pte_at(mm, address, mk_pte(p, true));
  } else {
    reached(reach_counter::fault_raced);
  }
  spin_unlock(&mm->page_table_lock);
  // Locked until here, so that truncate and reclaim see the pte or keep it from coming.
  unlock_page(p);
  put_page(p);
  return nullptr;
}

outcome do_swap_page(mm_struct* mm, vm_area_struct* vma, unsigned address, pte_t entry) {
  if (!anon_vma_prepare(vma)) return no_memory();
  page* p = alloc_page();
  if (p == nullptr) return no_memory();
  swap_slot* slot = swap_slot_at(pte_value(entry));
  // Held until the pte is ours: the slot cannot be reused in between, so an equal pte means equal
  // data.
  mutex_lock(&slot->lock);
  WRITE_ONCE(p->content, READ_ONCE(slot->data));
  spin_lock(&mm->page_table_lock);
  const bool ours = pte_same(ptep_get(mm, address), entry);
  if (ours) {
    page_add_new_anon_rmap(p, vma, address);
    lru_cache_add(p);
    set_pte_at(mm, address, mk_pte(p, true));
    swap_free(pte_value(entry));
  }
  spin_unlock(&mm->page_table_lock);
  mutex_unlock(&slot->lock);
  reached(ours ? reach_counter::swapped_in : reach_counter::fault_raced);
  if (!ours) put_page(p);
  return nullptr;
}

// page_table_lock is held, and held again at the end, perhaps dropped in between. Returns whether
// the page is locked and the pte still `pte`.
bool lock_page_under_ptl(mm_struct* mm, unsigned address, pte_t pte, page* p) {
  if (trylock_page(p)) return true;
  reached(reach_counter::cow_waited);
  get_page(p);
  spin_unlock(&mm->page_table_lock);
  lock_page(p);
  spin_lock(&mm->page_table_lock);
  const bool same = pte_same(ptep_get(mm, address), pte);
  if (!same) {
    spin_unlock(&mm->page_table_lock);
    unlock_page(p);
    put_page(p);
    spin_lock(&mm->page_table_lock);
    return false;
  }
  put_page(p);  // the pte has one
  return true;
}

// Puts `copy` in the place of `old` if the pte is still `pte`. Returns whether it did.
bool replace_page(mm_struct* mm, vm_area_struct* vma, unsigned address, pte_t pte, page* old,
                  page* copy) {
  const bool told_first = design().cow_notify == cow_notify::before;
  if (told_first) mmu_notifier_invalidate_range_start(mm, address, address + 1);
  spin_lock(&mm->page_table_lock);
  const bool ours = pte_same(ptep_get(mm, address), pte);
  if (ours) {
    // No CPU may write the copy while another still reads the old page.
    ptep_get_and_clear(mm, address);
    flush_tlb_mm(mm);
    page_add_new_anon_rmap(copy, vma, address);
    lru_cache_add(copy);
    set_pte_at(mm, address, mk_pte(copy, true));
    page_remove_rmap(old);
  }
  spin_unlock(&mm->page_table_lock);
  if (!told_first) mmu_notifier_invalidate_range_start(mm, address, address + 1);
  mmu_notifier_invalidate_range_end(mm, address, address + 1);
  return ours;
}

outcome copy_on_write(mm_struct* mm, vm_area_struct* vma, unsigned address, pte_t pte, page* old) {
  page* copy = anon_vma_prepare(vma) ? alloc_page() : nullptr;
  if (copy == nullptr) {
    put_page(old);
    return no_memory();
  }
  WRITE_ONCE(copy->content, READ_ONCE(old->content));
  const bool ours = replace_page(mm, vma, address, pte, old, copy);
  reached(ours ? reach_counter::cow_copied : reach_counter::cow_raced);
  put_page(old);
  put_page(ours ? old : copy);  // the pte's, or the copy nobody needs
  return nullptr;
}

// page_table_lock is held on entry and not on return. The pte is present and read-only.
outcome do_wp_page(mm_struct* mm, vm_area_struct* vma, unsigned address, pte_t pte) {
  page* old = pte_page(pte);
  // The page lock keeps reclaim from unmapping the other ptes halfway, which would make this one
  // look like the only one.
  if (!lock_page_under_ptl(mm, address, pte, old)) {
    spin_unlock(&mm->page_table_lock);
    return nullptr;
  }
  if (atomic_read(&old->mapcount) == 0) {
    reached(reach_counter::cow_reused);
    page_move_anon_rmap(old, vma);
    set_pte_at(mm, address, mk_pte(old, true));
    spin_unlock(&mm->page_table_lock);
    unlock_page(old);
    return nullptr;
  }
  get_page(old);
  spin_unlock(&mm->page_table_lock);
  unlock_page(old);
  return copy_on_write(mm, vma, address, pte, old);
}

// mmap_sem is held. Null: done, or another task changed the pte and a further access will tell.
outcome handle_mm_fault(mm_struct* mm, vm_area_struct* vma, unsigned address, bool write) {
  const pte_t pte = ptep_get(mm, address);
  if (pte_none(pte))
    return vma->vm_file.get() != nullptr ? do_file_fault(mm, vma, address)
                                         : do_anonymous_page(mm, vma, address);
  if (pte_is_swap(pte)) return do_swap_page(mm, vma, address, pte);

  spin_lock(&mm->page_table_lock);
  if (!pte_same(ptep_get(mm, address), pte) || !write || pte_write(pte)) {
    spin_unlock(&mm->page_table_lock);
    return nullptr;
  }
  return do_wp_page(mm, vma, address, pte);
}

}  // namespace

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

page* get_user_page(mm_struct* mm, unsigned address, bool write, const char** why) {
  page* p = nullptr;
  *why = nullptr;
  down_read(&mm->mmap_sem);
  vm_area_struct* vma = find_vma(mm, address);
  if (vma == nullptr) *why = kNoArea;
  while (p == nullptr && *why == nullptr) {
    spin_lock(&mm->page_table_lock);
    const pte_t pte = ptep_get(mm, address);
    if (pte_present(pte) && (!write || pte_write(pte))) {
      p = pte_page(pte);
      get_page(p);
    }
    spin_unlock(&mm->page_table_lock);
    if (p == nullptr) *why = handle_mm_fault(mm, vma, address, write);
  }
  up_read(&mm->mmap_sem);
  return p;
}

}  // namespace rw::mm
