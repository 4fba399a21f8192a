#include "targets/mm/page_table.h"

#include "targets/mm/mm_struct.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"
#include "targets/mm/tlb.h"
#include "targets/mm/world.h"

namespace rw::mm {

pte_t mk_pte(const page* p, bool writable) {
  return page_to_pfn(p) << 8U | (writable ? 1U : 0U) << kPteWriteBit | 1U << kPteYoungBit |
         1U << kPtePresentBit;
}
pte_t mk_swap_pte(unsigned slot) {
  return slot << 8U | 1U << kPteSwapBit;
}
pte_t mk_migration_pte(const page* p, bool writable) {
  return page_to_pfn(p) << 8U | (writable ? 1U : 0U) << kPteWriteBit | 1U << kPteMigrationBit;
}
page* pte_page(pte_t pte) {
  return pfn_to_page(pte_value(pte));
}

void page_tables_begin() {
  w().pte_table_cache = kmem_cache_create<pte_table>();
}

void page_table_init(page_table* pgd) {
  for (auto& pmd : pgd->pmd) new (&pmd) sync::atomic<pmd_t>(0U);
  for (auto& table : pgd->deposit) table.set(nullptr);
}

pmd_t pmd_get(const mm_struct* mm, unsigned address, sync::site where) {
  return smp_load_acquire(&mm->pgd.pmd[address / kPtrsPerTable], where);
}

ptep_t pte_in(pmd_t pmd, unsigned address) {
  pte_table* table = pmd_pgtable(pmd);
  if (table == nullptr) return {nullptr, nullptr};
  return {table, &table->pte[address % kPtrsPerTable]};
}

ptep_t pte_offset_map(const mm_struct* mm, unsigned address, sync::site where) {
  return pte_in(pmd_get(mm, address, where), address);
}

ptep_t pte_offset_map_lock(const mm_struct* mm, unsigned address, sync::site where) {
  const ptep_t ptep = pte_offset_map(mm, address, where);
  if (ptep.table != nullptr) spin_lock(&ptep.table->ptl, where);
  return ptep;
}

void pte_unmap_unlock(ptep_t ptep, sync::site where) {
  spin_unlock(&ptep.table->ptl, where);
}

pte_table* pte_alloc_one() {
  auto* table = kmem_cache_alloc<pte_table>(w().pte_table_cache);
  if (table == nullptr) return nullptr;
  spin_lock_init(&table->ptl, pte_lock_class);
  new (&table->pt_share_count) atomic_t(0);
  for (auto& pte : table->pte) new (&pte) sync::atomic<pte_t>(0U);
  return table;
}

bool pte_alloc(mm_struct* mm, unsigned address) {
  return !pmd_none(pmd_get(mm, address)) || __pte_alloc(mm, address);
}

bool __pte_alloc(mm_struct* mm, unsigned address) {
  pte_table* table = pte_alloc_one();
  if (table == nullptr) return false;
  spin_lock(&mm->page_table_lock);
  const bool ours = pmd_none(pmd_get(mm, address));
  if (ours) smp_store_release(pmd_offset(mm, address), pmd_of_table(table));
  spin_unlock(&mm->page_table_lock);
  if (ours) return true;
  reached(reach_counter::pte_alloc_raced);
  kmem_cache_free(w().pte_table_cache, table);
  return true;
}

pte_t ptep_get(ptep_t ptep, sync::site where) {
  return smp_load_acquire(ptep.slot, where);
}

void set_pte_at(ptep_t ptep, pte_t pte, sync::site where) {
  lockdep_assert_held(&ptep.table->ptl, where);
  smp_store_release(ptep.slot, pte, where);
}

pte_t ptep_get_and_clear(mm_struct* mm, unsigned address, ptep_t ptep, sync::site where) {
  lockdep_assert_held(&ptep.table->ptl, where);
  RW_NOTE("clear pte {}[{:#x}]", object_name(mm), address);
  return xchg(ptep.slot, 0, where);
}

pte_t ptep_clear_flush(mm_struct* mm, unsigned address, ptep_t ptep, sync::site where) {
  const pte_t pte = ptep_get_and_clear(mm, address, ptep, where);
  if (pte_present(pte)) flush_tlb_page(mm, address, where);
  return pte;
}

void ptep_set_wrprotect(ptep_t ptep, sync::site where) {
  lockdep_assert_held(&ptep.table->ptl, where);
  clear_bit(kPteWriteBit, ptep.slot, where);
}

bool ptep_clear_flush_young(mm_struct* mm, unsigned address, ptep_t ptep, sync::site where) {
  lockdep_assert_held(&ptep.table->ptl, where);
  const bool young = test_and_clear_bit(kPteYoungBit, ptep.slot, where);
  if (young) flush_tlb_page(mm, address, where);
  return young;
}

void pte_free(pte_table* table, sync::site where) {
  oracle_table_freed(table, where);
  kmem_cache_free(w().pte_table_cache, table, where);
}

pte_t pte_peek(const mm_struct* mm, unsigned address) {
  const pmd_t pmd = mm->pgd.pmd[address / kPtrsPerTable].peek();
  // One that waits for a fault maps the page all the same.
  if (pmd_trans_huge(pmd))
    return pmd_pte(pmd, address) | (pmd_numa(pmd) ? 1U << kPtePresentBit : 0U);
  const pte_table* table = pmd_pgtable(pmd);
  return table != nullptr ? table->pte[address % kPtrsPerTable].peek() : 0;
}

}  // namespace rw::mm
