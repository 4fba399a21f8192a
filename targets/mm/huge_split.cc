#include "targets/mm/huge_split.h"

#include "targets/mm/anon_vma.h"
#include "targets/mm/anon_vma_lock.h"
#include "targets/mm/compound.h"
#include "targets/mm/design.h"
#include "targets/mm/huge_freeze.h"
#include "targets/mm/huge_memory.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/notify_in_ptl.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"
#include "targets/mm/tlb.h"
#include "targets/mm/vma.h"
#include "targets/mm/zero_page.h"

namespace rw::mm {

namespace {

// A split_vma that is under way leads to one pmd by two areas; it counts once.
bool maps_unsplit(pmd_t pmd, const page* head) {
  return pmd_trans_huge(pmd) && !pmd_trans_splitting(pmd) && pmd_page(pmd) == head;
}

// True: the pmd maps the huge page, and page_table_lock is held.
bool page_check_address_pmd(const page* head, mm_struct* mm, unsigned address) {
  // A zap that has cleared the pmd and not yet the page's mapcount holds the lock.
  if (design().pmd_check == pmd_check::before_lock && !maps_unsplit(pmd_get(mm, address), head))
    return false;
  spin_lock(&mm->page_table_lock);
  if (maps_unsplit(pmd_get(mm, address), head)) return true;
  spin_unlock(&mm->page_table_lock);
  return false;
}

// The bit, and no get_user_page_fast that has not seen it.
int split_huge_page_splitting(page* head, vm_area_struct* vma, unsigned address) {
  mm_struct* mm = vma->vm_mm.get();
  mmu_notifier_range range{mm, address, address + HPAGE_PMD_NR};
  mmu_notifier_invalidate_range_start(&range);
  const bool maps = page_check_address_pmd(head, mm, address);
  if (maps) {
    set_bit(kPmdSplittingBit, pmd_offset(mm, address));
    flush_tlb_range(mm, address, address + HPAGE_PMD_NR);
    notify_in_ptl(mm, address, HPAGE_PMD_NR);
    spin_unlock(&mm->page_table_lock);
  }
  mmu_notifier_invalidate_range_end(&range);
  return maps ? 1 : 0;
}

// page_table_lock is held. What the huge pmd maps, its table maps now.
void populate_from_deposit(mm_struct* mm, unsigned address, page* head) {
  auto* pmd = pmd_offset(mm, address);
  auto& deposit = mm->pgd.deposit[address / kPtrsPerTable];
  pte_table* table = deposit.get();
  deposit.set(nullptr);
  const bool writable = pmd_write(pmd_get(mm, address));
  for (unsigned i = 0; i < kPtrsPerTable; ++i)
    WRITE_ONCE(table->pte[i], mk_pte(head + i, writable));
  // Not present first: no CPU may have a huge and a small translation of one page.
  clear_bit(kPtePresentBit, pmd);
  flush_tlb_range(mm, address, address + HPAGE_PMD_NR);
  smp_store_release(pmd, pmd_of_table(table));
}

int split_huge_page_map(page* head, vm_area_struct* vma, unsigned address) {
  mm_struct* mm = vma->vm_mm.get();
  spin_lock(&mm->page_table_lock);
  const pmd_t pmd = pmd_get(mm, address);
  const bool maps = pmd_trans_huge(pmd) && pmd_trans_splitting(pmd) && pmd_page(pmd) == head;
  if (maps) populate_from_deposit(mm, address, head);
  spin_unlock(&mm->page_table_lock);
  return maps ? 1 : 0;
}

// `av` is locked for writing. Returns the sum of f(vma, address) over the areas that may map
// the page.
template <typename F>
int over_chains(const page* head, anon_vma* av, F f) {
  const std::uint32_t index = READ_ONCE(head->index);
  int sum = 0;
  for (list_head* node = av->head.next.get(); node != &av->head; node = node->next.get()) {
    vm_area_struct* vma = RW_ENTRY(node, anon_vma_chain, same_anon_vma)->vma.get();
    unsigned address;
    if (vma_address(vma, index, &address)) sum += f(vma, address);
  }
  return sum;
}

void check_count(const page* head, const char* phase, int pmds, int expected) {
  if (pmds != expected)
    sync::fail("invariant", {"page.mapcount", phase},
               fmt::format("a split of {} found {} huge pmds, and {} were to be there",
                           object_name(head), pmds, expected));
}

void split_under_root(page* head, anon_vma* av) {
  const int pmds = over_chains(head, av, [&](vm_area_struct* vma, unsigned address) {
    return split_huge_page_splitting(head, vma, address);
  });
  check_count(head, "splitting", pmds, atomic_read(&head->mapcount) + 1);
  split_huge_page_refcount(head);
  const int split = over_chains(head, av, [&](vm_area_struct* vma, unsigned address) {
    return split_huge_page_map(head, vma, address);
  });
  check_count(head, "map", split, pmds);
}

}  // namespace

bool split_huge_page(page* head) {
  if (splits_by_freeze()) return split_huge_page_by_freeze(head);
  anon_vma* av = page_get_anon_vma(head);
  if (av == nullptr) return false;
  anon_vma* root = anon_vma_to_lock(av);
  anon_vma_lock_write(root);
  const bool ours = PageHead(head);
  if (ours) split_under_root(head, av);
  anon_vma_unlock_write(root);
  put_anon_vma(av);
  reached(ours ? reach_counter::huge_split : reach_counter::huge_split_raced);
  return true;
}

void split_huge_page_pmd(vm_area_struct* vma, unsigned address) {
  if (splits_by_freeze()) return split_huge_pmd(vma, address);
  mm_struct* mm = vma->vm_mm.get();
  const pmd_t seen = pmd_get(mm, address);
  if (!pmd_trans_huge(seen)) return;
  if (is_huge_zero_pmd(seen)) return split_huge_zero_page_pmd(vma, address);
  spin_lock(&mm->page_table_lock);
  const pmd_t pmd = pmd_get(mm, address);
  page* head = pmd_trans_huge(pmd) ? pmd_page(pmd) : nullptr;
  if (head != nullptr) get_page(head);
  spin_unlock(&mm->page_table_lock);
  if (head == nullptr) return;
  split_huge_page(head);
  put_page(head);
  if (pmd_trans_huge(pmd_offset(mm, address)->peek()))
    oracle_whole_huge_page(mm, pmd_start(address), pmd_start(address) + 1);
}

void vma_adjust_trans_huge(vm_area_struct* vma, unsigned address) {
  if (address % HPAGE_PMD_NR != 0 && vma->vm_file.get() == nullptr)
    split_huge_page_pmd(vma, address);
}

namespace {

// 2.6.38: waits until it is free once. Who saw the bit under page_table_lock sees the lock held.
void anon_vma_unlock_wait(const anon_vma* root) {
  while (anon_vma_is_locked(root)) sync::relax();
  if (design().wait_split == wait_split::unlock_wait)
    smp_acquire__after_ctrl_dep(anon_vma_lock_word(root));
  if (design().wait_split != wait_split::no_barrier) smp_mb();
}

void wait_for_lock(anon_vma* it) {
  if (design().wait_split == wait_split::lock_unlock ||
      design().wait_split == wait_split::own_lock) {
    anon_vma_lock_write(it);
    anon_vma_unlock_write(it);
  } else {
    anon_vma_unlock_wait(it);
  }
}

// Own locks: the split holds that of the page's anon_vma, which is one of the area's. mmap_sem
// keeps the chain.
void wait_for_each_lock(vm_area_struct* vma) {
  list_head* chains = &vma->anon_vma_chain;
  for (list_head* node = chains->next.get(); node != chains; node = node->next.get())
    wait_for_lock(RW_ENTRY(node, anon_vma_chain, same_vma)->anon_vma.get());
}

}  // namespace

void wait_split_huge_page(vm_area_struct* vma, unsigned address) {
  anon_vma* av = smp_load_acquire(&vma->anon_vma);
  reached(reach_counter::split_waited);
  if (design().wait_split == wait_split::own_lock)
    wait_for_lock(av);
  else if (anon_vma_locks_own())
    wait_for_each_lock(vma);
  else
    wait_for_lock(READ_ONCE(av->root));
  if (const pmd_t pmd = pmd_get(vma->vm_mm.get(), address); pmd_trans_huge(pmd))
    sync::fail("invariant", {"pmd", "wait_split_huge_page"},
               fmt::format("the pmd of {}[{:#x}] is still {} after the wait for the split",
                           object_name(vma->vm_mm.get()), pmd_start(address),
                           pmd_trans_splitting(pmd) ? "splitting" : "huge"));
}

}  // namespace rw::mm
