#include "targets/mm/rmap.h"

#include "targets/mm/anon_vma.h"
#include "targets/mm/anon_vma_lock.h"
#include "targets/mm/compound.h"
#include "targets/mm/design.h"
#include "targets/mm/file.h"
#include "targets/mm/huge_memory.h"
#include "targets/mm/hugetlb.h"
#include "targets/mm/i_mmap_lock.h"
#include "targets/mm/ksm.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/notify_in_ptl.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"
#include "targets/mm/swap.h"
#include "targets/mm/tlb.h"
#include "targets/mm/vma.h"

namespace rw::mm {

namespace {

// `av` is locked. `part`: of a huge page, whose head `p` is.
template <typename F>
void walk_chains(page* p, anon_vma* av, F f, unsigned part = 0) {
  const std::uint32_t index = READ_ONCE(p->index) + part;
  for (list_head* node = av->head.next.get(); node != &av->head; node = node->next.get()) {
    vm_area_struct* vma = RW_ENTRY(node, anon_vma_chain, same_anon_vma)->vma.get();
    unsigned address;
    if (vma_address(vma, index, &address)) f(vma, address);
  }
}

// Calls f(vma, address) for each vma that may map the page. False: the page has no anon_vma to
// walk.
template <typename F>
bool walk_anon(page* p, F f) {
  anon_vma* av = page_lock_anon_vma_read(p);
  if (av == nullptr) return false;
  walk_chains(p, av, f);
  page_unlock_anon_vma_read(av);
  return true;
}

// The same for a page of KSM.
template <typename F>
bool walk_ksm(page* p, F f) {
  return rmap_walk_ksm(
      p,
      [](vm_area_struct* vma, unsigned address, void* arg) {
        (*static_cast<F*>(arg))(vma, address);
      },
      &f);
}

// The page lock is held: it keeps page->mapping.
template <typename F>
void walk_file(page* p, F f) {
  auto* mapping = reinterpret_cast<file*>(page_mapping(p));
  if (mapping == nullptr) return;
  const std::uint32_t index = READ_ONCE(p->index);
  i_mmap_lock_write(mapping);
  for (list_head* node = mapping->i_mmap.next.get(); node != &mapping->i_mmap;
       node = node->next.get()) {
    vm_area_struct* vma = RW_ENTRY(node, vm_area_struct, i_mmap);
    unsigned address;
    if (vma_address(vma, index, &address)) f(vma, address);
  }
  i_mmap_unlock_write(mapping);
}

// The pte of `address` with its table's lock, if it maps the page; else no table and no lock.
ptep_t page_check_address(const page* p, mm_struct* mm, unsigned address) {
  const ptep_t ptep = pte_offset_map_lock(mm, address);
  if (ptep.table == nullptr) return ptep;
  const pte_t pte = ptep_get(ptep);
  if (pte_present(pte) && pte_page(pte) == p) return ptep;
  pte_unmap_unlock(ptep);
  return {nullptr, nullptr};
}

bool huge_page_referenced_one(const page* head, mm_struct* mm, unsigned address) {
  spin_lock(&mm->page_table_lock);
  const pmd_t pmd = pmd_get(mm, address);
  bool young = false;
  if (pmd_trans_huge(pmd) && pmd_page(pmd) == head) {
    young = test_and_clear_bit(kPteYoungBit, pmd_offset(mm, address));
    if (young) flush_tlb_range(mm, address, address + HPAGE_PMD_NR);
    for (unsigned i = 0; i < HPAGE_PMD_NR; ++i)
      young |= mmu_notifier_clear_flush_young(mm, address + i);
  }
  spin_unlock(&mm->page_table_lock);
  return young;
}

bool page_referenced_one(page* p, vm_area_struct* vma, unsigned address) {
  mm_struct* mm = vma->vm_mm.get();
  if (PageHead(p)) {
    const bool young = huge_page_referenced_one(p, mm, address);
    if (young || !splits_by_freeze()) return young;
  }
  const ptep_t ptep = page_check_address(p, mm, address);
  if (ptep.table == nullptr) return false;
  bool young = ptep_clear_flush_young(mm, address, ptep);
  young |= mmu_notifier_clear_flush_young(mm, address);
  pte_unmap_unlock(ptep);
  return young;
}

// The same for a huge page that some address spaces may map by ptes, and not all of it perhaps.
bool huge_page_referenced(page* head) {
  anon_vma* av = page_lock_anon_vma_read(head);
  if (av == nullptr) return false;
  bool young = false;
  for (unsigned i = 0; i < HPAGE_PMD_NR; ++i)
    walk_chains(
        head, av,
        [&](vm_area_struct* vma, unsigned address) {
          young |= page_referenced_one(head + i, vma, address);
        },
        i);
  page_unlock_anon_vma_read(av);
  return young;
}

// What a walk that unmaps leaves in the place of a pte.
struct leave {
  enum { nothing, swap_entry, migration_entry } what;
  unsigned slot;  // of swap
};

// The pte maps the page and its table's lock is held.
void unmap_pte(page* p, mm_struct* mm, unsigned address, ptep_t ptep, leave left) {
  const pte_t old = ptep_clear_flush(mm, address, ptep);
  if (pte_dirty(old)) set_page_dirty(p);
  if (left.what == leave::swap_entry) {
    swap_duplicate(left.slot);
    set_pte_at(ptep, mk_swap_pte(left.slot));
  } else if (left.what == leave::migration_entry) {
    set_pte_at(ptep, mk_migration_pte(p, pte_write(old)));
  }
  page_remove_rmap(p);
  put_page(p);  // not the last: the caller has one
  constexpr reach_counter kReached[] = {reach_counter::reclaim_unmapped_file,
                                        reach_counter::reclaim_unmapped_anon,
                                        reach_counter::migration_entry_made};
  reached(kReached[left.what]);
}

// With inval_site=page_* a subscriber hears of one page, when it is gone.
void tell_one_page(mm_struct* mm, unsigned address, inval_site site) {
  if (design().inval_site == site) mmu_notifier_invalidate_page(mm, address);
}

// A table that others have too is given up, with all that the pmd mapped: whether it was.
bool unshared(vm_area_struct* vma, const mmu_notifier_range& range) {
  if (!huge_pmd_unshare_for_rmap(vma, range.start)) return false;
  for (unsigned address = range.start; address < range.end; ++address)
    for (const auto site : {inval_site::page_in_ptl, inval_site::page_after_ptl})
      tell_one_page(range.mm, address, site);
  return true;
}

// A walk changes the pte of `address`, if that maps the page, by f(ptep) under its table's lock.
template <typename F>
void change_one_pte(page* p, vm_area_struct* vma, unsigned address, F f) {
  mm_struct* mm = vma->vm_mm.get();
  const bool pair = design().inval_site == inval_site::range_pair;
  mmu_notifier_range range{mm, address, address + 1};
  adjust_range_if_pmd_sharing_possible(vma, &range.start, &range.end);
  if (pair) mmu_notifier_invalidate_range_start(&range);
  const ptep_t ptep = unshared(vma, range) ? ptep_t{} : page_check_address(p, mm, address);
  if (ptep.table != nullptr) {
    f(ptep);
    tell_one_page(mm, address, inval_site::page_in_ptl);
    notify_in_ptl(mm, address);
    pte_unmap_unlock(ptep);
    tell_one_page(mm, address, inval_site::page_after_ptl);
  }
  if (pair) mmu_notifier_invalidate_range_end(&range);
}

// exec moves the area's ptes without the locks that would keep a migration from missing them.
bool left_alone(const vm_area_struct* vma, leave left) {
  return left.what == leave::migration_entry && design().exec_stack == exec_stack::skipped &&
         smp_load_acquire(&vma->incomplete_stack) != 0;
}

// Returns whether it left the page mapped there on purpose.
bool try_to_unmap_one(page* p, vm_area_struct* vma, unsigned address, leave left) {
  mm_struct* mm = vma->vm_mm.get();
  if (left_alone(vma, left)) return true;
  change_one_pte(p, vma, address, [&](ptep_t ptep) { unmap_pte(p, mm, address, ptep, left); });
  return false;
}

// Returns whether the page was written through the pte.
bool page_mkclean_one(page* p, vm_area_struct* vma, unsigned address) {
  mm_struct* mm = vma->vm_mm.get();
  bool cleaned = false;
  change_one_pte(p, vma, address, [&](ptep_t ptep) {
    const pte_t pte = ptep_get(ptep);
    if (!pte_dirty(pte) && !pte_write(pte)) return;
    const pte_t old = ptep_clear_flush(mm, address, ptep);
    set_pte_at(ptep, pte_mkclean(pte_wrprotect(old)));
    cleaned = pte_dirty(old);
  });
  return cleaned;
}

}  // namespace

bool page_referenced(page* p) {
  bool young = false;
  const auto look = [&](vm_area_struct* vma, unsigned address) {
    young |= page_referenced_one(p, vma, address);
  };
  // An anonymous page needs no page lock, unless it is KSM's or the design relies on it.
  const std::uint64_t mapping = page_mapping(p);
  const bool anon = mapping_is_anon(mapping);
  const bool ksm = mapping_is_ksm(mapping);
  const bool needs_lock = !anon || ksm || design().av_life == av_life::page_lock_only;
  if (needs_lock && !trylock_page(p)) return true;
  if (ksm)
    walk_ksm(p, look);
  else if (anon && splits_by_freeze() && PageHead(p))
    young = huge_page_referenced(p);
  else if (anon)
    walk_anon(p, look);
  else
    walk_file(p, look);
  if (needs_lock) unlock_page(p);
  if (young) reached(reach_counter::referenced_young);
  return young;
}

bool page_mkclean(page* p) {
  lockdep_assert_held(&p->lock);
  bool cleaned = false;
  walk_file(p, [&](vm_area_struct* vma, unsigned address) {
    cleaned |= page_mkclean_one(p, vma, address);
  });
  if (cleaned) reached(reach_counter::page_cleaned);
  return cleaned;
}

namespace {

void unmap_everywhere(page* p, leave left) {
  lockdep_assert_held(&p->lock);
  bool may_miss = false;  // for the oracle: exec is moving the ptes
  const auto unmap = [&](vm_area_struct* vma, unsigned address) {
    may_miss |= vma->incomplete_stack.peek() != 0;
    may_miss |= try_to_unmap_one(p, vma, address, left);
  };
  const std::uint64_t mapping = page_mapping(p);
  if (mapping_is_ksm(mapping)) {
    // A merge may map the page once more meanwhile, behind the walk: it needs no page lock for
    // that.
    if (walk_ksm(p, unmap)) reached(reach_counter::ksm_unmapped);
    return;
  }
  const bool walked = mapping_is_anon(mapping) ? walk_anon(p, unmap) : (walk_file(p, unmap), true);
  if (walked && !may_miss) oracle_unmapped(p);
}

}  // namespace

void try_to_unmap(page* p, unsigned slot) {
  const bool anon = mapping_is_anon(page_mapping(p));
  unmap_everywhere(p, {anon ? leave::swap_entry : leave::nothing, slot});
}

void try_to_unmap_for_migration(page* p) {
  unmap_everywhere(p, {leave::migration_entry, 0});
}

void try_to_unmap_part(page* part, vm_area_struct* vma, unsigned address) {
  try_to_unmap_one(part, vma, address, {leave::migration_entry, 0});
}

void rmap_walk(page* p, void (*f)(page*, vm_area_struct*, unsigned, void*), void* arg) {
  const auto one = [&](vm_area_struct* vma, unsigned address) { f(p, vma, address, arg); };
  const std::uint64_t mapping = page_mapping(p);
  if (!mapping_is_anon(mapping)) return walk_file(p, one);
  anon_vma* av = mapping_anon_vma(mapping);
  anon_vma* root = anon_vma_to_lock(av);
  anon_vma_lock_read(root);
  walk_chains(p, av, one);
  anon_vma_unlock_read(root);
}

}  // namespace rw::mm
