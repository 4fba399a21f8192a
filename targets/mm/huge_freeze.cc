#include "targets/mm/huge_freeze.h"

#include "targets/mm/anon_vma.h"
#include "targets/mm/anon_vma_lock.h"
#include "targets/mm/compound.h"
#include "targets/mm/design.h"
#include "targets/mm/huge_memory.h"
#include "targets/mm/migrate.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/notify_in_ptl.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"
#include "targets/mm/rmap.h"
#include "targets/mm/tlb.h"
#include "targets/mm/vma.h"
#include "targets/mm/world.h"
#include "targets/mm/zero_page.h"

namespace rw::mm {

namespace {

bool maps_huge(pmd_t pmd, const page* head) {
  return pmd_trans_huge(pmd) && pmd_page(pmd) == head;
}

// What the deposited table is to hold: ptes of the parts, or migration entries of them.
enum class fill { ptes, migration_entries };

// page_table_lock is held. What the huge pmd maps, its table maps from now on.
void split_huge_pmd_locked(mm_struct* mm, unsigned address, page* head, fill what) {
  auto* pmd = pmd_offset(mm, address);
  auto& deposit = mm->pgd.deposit[address / kPtrsPerTable];
  pte_table* table = deposit.get();
  deposit.set(nullptr);
  const bool writable = pmd_write(pmd_get(mm, address));
  const bool ptes = what == fill::ptes;
  // One reference for each pte; the pmd's is the first of them.
  if (ptes) atomic_add(static_cast<int>(HPAGE_PMD_NR) - 1, &head->refcount);
  for (unsigned i = 0; i < HPAGE_PMD_NR; ++i) {
    WRITE_ONCE(table->pte[i],
               ptes ? mk_pte(head + i, writable) : mk_migration_pte(head + i, writable));
    if (ptes) page_add_anon_rmap(head + i);
  }
  // The count of pmds last: who looks meanwhile finds the page mapped once too often.
  page_remove_rmap(head, true);
  // Not present first: no CPU may have a huge and a small translation of one page.
  clear_bit(kPtePresentBit, pmd);
  flush_tlb_range(mm, address, address + HPAGE_PMD_NR);
  smp_store_release(pmd, pmd_of_table(table));
  if (!ptes) put_page(head);  // the pmd's; not the last: the caller has one
}

}  // namespace

page* lock_huge_pmd_page(mm_struct* mm, unsigned address) {
  for (;;) {
    lockdep_assert_held(&mm->page_table_lock);
    const pmd_t pmd = pmd_get(mm, address);
    if (!pmd_trans_huge(pmd) || is_huge_zero_pmd(pmd)) return nullptr;
    page* head = pmd_page(pmd);
    if (trylock_page(head)) return head;
    get_page(head);
    spin_unlock(&mm->page_table_lock);
    lock_page(head);
    spin_lock(&mm->page_table_lock);
    if (maps_huge(pmd_get(mm, address), head)) {
      put_page(head);  // the pmd has one
      return head;
    }
    spin_unlock(&mm->page_table_lock);
    unlock_page(head);
    put_page(head);
    spin_lock(&mm->page_table_lock);
  }
}

namespace {

// page_table_lock is held. The page, locked if the design says so; null: the pmd is not huge.
page* page_to_split_from(mm_struct* mm, unsigned address) {
  if (design().thp_split != thp_split::freeze_pmd_unlocked) return lock_huge_pmd_page(mm, address);
  const pmd_t pmd = pmd_get(mm, address);
  return pmd_trans_huge(pmd) && !is_huge_zero_pmd(pmd) ? pmd_page(pmd) : nullptr;
}

}  // namespace

void split_huge_pmd(vm_area_struct* vma, unsigned address) {
  mm_struct* mm = vma->vm_mm.get();
  const unsigned start = pmd_start(address);
  const pmd_t seen = pmd_get(mm, start);
  if (!pmd_trans_huge(seen)) return;
  if (is_huge_zero_pmd(seen)) return split_huge_zero_page_pmd(vma, address);
  mmu_notifier_range range{mm, start, start + HPAGE_PMD_NR};
  mmu_notifier_invalidate_range_start(&range);
  spin_lock(&mm->page_table_lock);
  page* head = page_to_split_from(mm, start);
  if (head != nullptr) split_huge_pmd_locked(mm, start, head, fill::ptes);
  spin_unlock(&mm->page_table_lock);
  if (head != nullptr && design().thp_split != thp_split::freeze_pmd_unlocked) unlock_page(head);
  mmu_notifier_invalidate_range_end(&range);
  // A discard and a read may have put the huge zero page there meanwhile.
  if (head == nullptr && is_huge_zero_pmd(pmd_get(mm, start)))
    split_huge_zero_page_pmd(vma, address);
}

// ---- the page -----------------------------------------------------------------------------------

namespace {

// Calls f(vma, part, address) wherever a part of the page may be mapped. The root is locked.
template <typename F>
void over_parts(page* head, anon_vma* av, F f) {
  const std::uint32_t index = READ_ONCE(head->index);
  for (list_head* node = av->head.next.get(); node != &av->head; node = node->next.get()) {
    vm_area_struct* vma = RW_ENTRY(node, anon_vma_chain, same_anon_vma)->vma.get();
    unsigned address;
    for (unsigned i = 0; i < HPAGE_PMD_NR; ++i)
      if (vma_address(vma, index + i, &address)) f(vma, head + i, address);
  }
}

// The walk looks without a lock first, and passes over what seems to map something else. A zap that
// has cleared the entry and not yet the page's count holds the lock.
bool looks_before_locks() {
  return design().thp_split == thp_split::freeze_no_sync;
}

// A huge pmd that maps the page becomes a table of migration entries.
void unmap_pmd(vm_area_struct* vma, page* head, unsigned address) {
  mm_struct* mm = vma->vm_mm.get();
  if (looks_before_locks() && !maps_huge(pmd_get(mm, address), head)) return;
  mmu_notifier_range range{mm, address, address + HPAGE_PMD_NR};
  mmu_notifier_invalidate_range_start(&range);
  spin_lock(&mm->page_table_lock);
  if (maps_huge(pmd_get(mm, address), head))
    split_huge_pmd_locked(mm, address, head, fill::migration_entries);
  notify_in_ptl(mm, address, HPAGE_PMD_NR);
  spin_unlock(&mm->page_table_lock);
  mmu_notifier_invalidate_range_end(&range);
}

bool seems_to_map(const mm_struct* mm, unsigned address, const page* part) {
  const ptep_t ptep = pte_offset_map(mm, address);
  if (ptep.table == nullptr) return false;
  const pte_t pte = ptep_get(ptep);
  return pte_present(pte) && pte_page(pte) == part;
}

void unmap_part(vm_area_struct* vma, page* head, page* part, unsigned address) {
  if (part == head && address % HPAGE_PMD_NR == 0) unmap_pmd(vma, head, address);
  if (looks_before_locks() && !seems_to_map(vma->vm_mm.get(), address, part)) return;
  try_to_unmap_part(part, vma, address);
}

void unmap_all(page* head, anon_vma* av) {
  over_parts(head, av, [&](vm_area_struct* vma, page* part, unsigned address) {
    unmap_part(vma, head, part, address);
  });
  for (unsigned i = 0; i < HPAGE_PMD_NR; ++i) oracle_unmapped(head + i);
  if (const int left = total_mapcount(head); left != 0)
    sync::fail("invariant", {"page.mapcount", "freeze_page"},
               fmt::format("{} counts {} mappings after a walk that has unmapped all of it",
                           object_name(head), left));
}

// The refcounts are 0 and lru_lock is held. The tail is a page of its own from here, locked, and
// has a reference of ours.
void split_frozen_tail(page* head, page* tail) {
  WRITE_ONCE(tail->index, READ_ONCE(head->index) + (page_to_pfn(tail) - page_to_pfn(head)));
  smp_store_release(&tail->mapping, page_mapping(head));
  tail->mapping_generation.set(head->mapping_generation.get());
  // Kernel: it inherits PG_locked.
  const bool locked = trylock_page(tail);
  RW_CHECK(locked, "who locks a tail locks its head");
  clear_bit(PG_tail, &tail->flags);
  // Now whoever finds it may have it.
  smp_store_release(&tail->refcount, 1);
  lru_add_page_tail(head, tail);
}

// Nobody maps the page. Returns whether nobody used it either, so that it is split.
bool freeze_and_split(page* head) {
  spin_lock(&w().lru_lock);
  const bool frozen = page_freeze_refs(head, 1);
  if (frozen) {
    for (unsigned i = HPAGE_PMD_NR - 1; i > 0; --i) split_frozen_tail(head, head + i);
    clear_bit(PG_head, &head->flags);
    smp_store_release(&head->refcount, 1);
  }
  spin_unlock(&w().lru_lock);
  return frozen;
}

// What was unmapped is mapped again, by ptes.
void remap_all(page* head, anon_vma* av) {
  over_parts(head, av, [](vm_area_struct* vma, page* part, unsigned address) {
    remove_migration_pte(part, vma, address, part);
  });
  for (unsigned i = 0; i < HPAGE_PMD_NR; ++i) oracle_no_migration_entry(head + i);
}

// The root is locked for writing.
bool unmap_and_split(page* head, anon_vma* av) {
  // Whether it is worth while, before any pmd is split.
  if (total_mapcount(head) != atomic_read(&head->refcount) - 1) return false;
  unmap_all(head, av);
  const bool split = freeze_and_split(head);
  remap_all(head, av);
  return split;
}

}  // namespace

bool split_huge_page_by_freeze(page* head) {
  lockdep_assert_held(&head->lock);
  anon_vma* av = page_get_anon_vma(head);
  if (av == nullptr) return false;
  anon_vma* root = anon_vma_to_lock(av);
  anon_vma_lock_write(root);
  const bool split = unmap_and_split(head, av);
  anon_vma_unlock_write(root);
  put_anon_vma(av);
  if (!split) return false;
  // A tail that nobody maps goes.
  for (unsigned i = 1; i < HPAGE_PMD_NR; ++i) {
    unlock_page(head + i);
    put_page(head + i);
  }
  reached(reach_counter::huge_split);
  return true;
}

}  // namespace rw::mm
