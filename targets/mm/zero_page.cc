#include "targets/mm/zero_page.h"

#include <fmt/format.h>

#include "targets/mm/huge_memory.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"
#include "targets/mm/subscriber.h"
#include "targets/mm/tlb.h"
#include "targets/mm/vma.h"

namespace rw::mm {

void zero_pages_begin() {
  for (unsigned pfn = kZeroFrame; pfn < kAllFrames; ++pfn) {
    init_page(pfn_to_page(pfn));
    atomic_set(&pfn_to_page(pfn)->refcount, 1);
  }
}

bool do_huge_zero_page(vm_area_struct* vma, unsigned address) {
  mm_struct* mm = vma->vm_mm.get();
  pte_table* table = pte_alloc_one();
  if (table == nullptr) {
    reached(reach_counter::huge_fault_fallback);
    return false;
  }
  spin_lock(&mm->page_table_lock);
  const bool ours = pmd_none(pmd_get(mm, address));
  if (ours) set_huge_pmd(mm, address, mk_huge_pmd(huge_zero_page(), false), table);
  spin_unlock(&mm->page_table_lock);
  reached(ours ? reach_counter::huge_zero_mapped : reach_counter::huge_fault_raced);
  if (!ours) pte_free(table);
  return true;
}

void split_huge_zero_page_pmd(vm_area_struct* vma, unsigned address) {
  mm_struct* mm = vma->vm_mm.get();
  const unsigned start = pmd_start(address);
  mmu_notifier_range range{mm, start, start + HPAGE_PMD_NR};
  mmu_notifier_invalidate_range_start(&range);
  spin_lock(&mm->page_table_lock);
  const pmd_t pmd = pmd_get(mm, address);
  if (is_huge_zero_pmd(pmd)) {
    auto& deposit = mm->pgd.deposit[address / kPtrsPerTable];
    pte_table* table = deposit.get();
    deposit.set(nullptr);
    for (auto& pte : table->pte) WRITE_ONCE(pte, mk_pte(zero_page(), false));
    clear_bit(kPtePresentBit, pmd_offset(mm, address));
    flush_tlb_range(mm, start, start + HPAGE_PMD_NR);
    smp_store_release(pmd_offset(mm, address), pmd_of_table(table));
    reached(reach_counter::huge_zero_split);
  }
  spin_unlock(&mm->page_table_lock);
  mmu_notifier_invalidate_range_end(&range);
}

namespace {

int pins(const page* p) {
  unsigned count = 0;
  for (const subscriber_driver* driver : subscriber_drivers())
    if (driver->references != nullptr) count += driver->references(p);
  return static_cast<int>(count);
}

}  // namespace

void oracle_zero_pages(sync::site where) {
  for (unsigned pfn = kZeroFrame; pfn < kAllFrames; ++pfn) {
    const page* p = pfn_to_page(pfn);
    const bool as_made =
        p->content.peek() == 0 && p->mapcount.peek() == -1 && p->mapping.peek() == 0;
    if (as_made && p->refcount.peek() == 1 + pins(p)) continue;
    sync::fail("refcount", {"zero_page"},
               fmt::format("{}, a zero page, holds {}, counts {} ptes, and {} references, of which "
                           "{} are known",
                           object_name(p), p->content.peek(), p->mapcount.peek() + 1,
                           p->refcount.peek(), 1 + pins(p)),
               where);
  }
}

}  // namespace rw::mm
