// Copy-on-write: a write where the pte is read-only.
#include "targets/mm/anon_vma.h"
#include "targets/mm/compound.h"
#include "targets/mm/data_oracle.h"
#include "targets/mm/design.h"
#include "targets/mm/ksm.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/notify_in_ptl.h"
#include "targets/mm/oracle.h"
#include "targets/mm/rmap.h"
#include "targets/mm/tlb.h"
#include "targets/mm/vm_fault.h"
#include "targets/mm/zero_page.h"

namespace rw::mm {

void map_private_copy(const vm_fault& f, page* copy) {
  page_add_new_anon_rmap(copy, f.vma, f.address);
  lru_cache_add(copy);
  set_pte_at(f.ptep, maybe_mkwrite(f, copy));
  if (f.vma->vm_file.get() != nullptr) data_write(data_key(f.mm, f.address), copy->content.peek());
}

namespace {

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

// Puts `copy` in the place of `old` (null: a zero page) if the pte is unchanged. Returns whether it
// did.
bool replace_page(const vm_fault& f, page* old, page* copy) {
  const bool told_first = design().cow_notify != cow_notify::after;
  mmu_notifier_range range{f.mm, f.address, f.address + 1};
  if (told_first) mmu_notifier_invalidate_range_start(&range);
  lock_pte(f);
  const bool ours = pte_unchanged(f) && (old == nullptr || !maybe_reused(f.vma, old));
  if (ours) {
    // No CPU may write the copy while another still reads the old page.
    ptep_clear_flush(f.mm, f.address, f.ptep);
    if (old != nullptr) oracle_copy_is_current(old, copy);
    if (design().cow_notify == cow_notify::change_pte_too)
      mmu_notifier_change_pte(f.mm, f.address);
    else if (told_first)
      notify_in_ptl(f.mm, f.address);
    map_private_copy(f, copy);
    if (old != nullptr) page_remove_rmap(old);
    if (!told_first) notify_in_ptl(f.mm, f.address);
  }
  pte_unmap_unlock(f.ptep);
  if (!told_first) mmu_notifier_invalidate_range_start(&range);
  mmu_notifier_invalidate_range_end(&range);
  return ours;
}

// A write where the zero page is: `copy` is zero already.
outcome replace_zero_page(const vm_fault& f) {
  page* copy = anon_vma_prepare(f.vma) ? alloc_page() : nullptr;
  if (copy == nullptr) return no_memory();
  const bool ours = replace_page(f, nullptr, copy);
  if (ours) *f.broke_cow = true;
  reached(ours ? reach_counter::zero_page_copied : reach_counter::cow_raced);
  if (!ours) put_page(copy);
  return nullptr;
}

outcome copy_on_write(const vm_fault& f, page* old) {
  page* copy = anon_vma_prepare(f.vma) ? alloc_page() : nullptr;
  if (copy == nullptr) {
    put_page(old);
    return no_memory();
  }
  WRITE_ONCE(copy->content, READ_ONCE(old->content));
  const bool ours = replace_page(f, old, copy);
  if (ours) *f.broke_cow = true;
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

// Whether the page is nobody else's; it is the area's own then. The page lock is held.
bool may_reuse(const vm_fault& f, page* p, std::uint64_t mapping) {
  if (mapping_is_ksm(mapping)) return reuse_ksm_page(p, f.vma, f.address);
  int total;
  if (!mapping_is_anon(mapping) || page_trans_huge_mapcount(p, &total) != 1) return false;
  reached(reach_counter::cow_reused);
  // Other parts of a huge page may be other areas'.
  if (total == 1) page_move_anon_rmap(page_with_lock(p), f.vma);
  return true;
}

}  // namespace

bool maybe_reused(const vm_area_struct* vma, page* old) {
  if (may_write(vma) || design().forced_copy == forced_copy::pte_only) return false;
  const std::uint64_t mapping = page_mapping(page_with_lock(old));
  int total;
  return mapping_is_anon(mapping) && !mapping_is_ksm(mapping) &&
         page_trans_huge_mapcount(old, &total) == 1;
}

outcome do_wp_page(const vm_fault& f) {
  page* old = vm_normal_page(f.orig);
  if (old == nullptr) {
    pte_unmap_unlock(f.ptep);
    return replace_zero_page(f);
  }
  if (is_shared(f.vma)) return wp_page_shared(f, old);
  // The page lock keeps reclaim from unmapping the other ptes halfway, which would make this one
  // look like the only one.
  page* locked = page_with_lock(old);
  if (!lock_page_under_ptl(f, locked)) {
    pte_unmap_unlock(f.ptep);
    return nullptr;
  }
  const std::uint64_t mapping = page_mapping(locked);
  if (may_reuse(f, old, mapping)) {
    set_pte_at(f.ptep, maybe_mkwrite(f, old));
    *f.broke_cow = true;
    pte_unmap_unlock(f.ptep);
    unlock_page(locked);
    return nullptr;
  }
  get_page(old);
  pte_unmap_unlock(f.ptep);
  unlock_page(locked);
  if (mapping_is_ksm(mapping)) reached(reach_counter::ksm_copied);
  return copy_on_write(f, old);
}

}  // namespace rw::mm
