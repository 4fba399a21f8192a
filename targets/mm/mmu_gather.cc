#include "targets/mm/mmu_gather.h"

#include <algorithm>

#include "targets/mm/design.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_gather_cpu.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"
#include "targets/mm/tlb.h"
#include "targets/mm/world.h"

namespace rw::mm {

namespace {

void nothing_to_flush(mmu_gather* tlb) {
  tlb->start = kPages;
  tlb->end = 0;
}

unsigned capacity(const mmu_gather* tlb) {
  if (tlb->cpu != nullptr) return kFreePtes;
  return kGatherBundle + tlb->batches * kGatherBatchPages;
}

bool next_batch(mmu_gather* tlb) {
  if (design().gather == gather::small) return false;
  if (design().gather != gather::unbounded && tlb->batches == kMaxGatherBatches) return false;
  RW_CHECK(tlb->batches < kPages, "more batches than an address space can fill");
  auto* batch = kmem_cache_alloc<mmu_gather_batch>(w().mmu_gather_batch_cache, GFP_NOWAIT);
  if (batch == nullptr) return false;
  tlb->batch[tlb->batches++] = batch;
  return true;
}

page* gathered(const mmu_gather* tlb, unsigned i) {
  if (tlb->cpu != nullptr) return tlb->cpu->pages[i].get();
  if (i < kGatherBundle) return tlb->bundle[i];
  const unsigned behind = i - kGatherBundle;
  return tlb->batch[behind / kGatherBatchPages]->pages[behind % kGatherBatchPages].get();
}

void free_pages(mmu_gather* tlb) {
  oracle_latency(tlb->count, kMaxGatherPages);
  for (unsigned i = 0; i < tlb->count; ++i) {
    oracle_unpreemptible(kMostUnpreemptible);
    put_page(gathered(tlb, i));
  }
  tlb->count = 0;
}

void add_page(mmu_gather* tlb, page* p) {
  const unsigned i = tlb->count++;
  if (tlb->cpu != nullptr) return tlb->cpu->pages[i].set(p);
  if (i < kGatherBundle) {
    tlb->bundle[i] = p;
    return;
  }
  const unsigned behind = i - kGatherBundle;
  tlb->batch[behind / kGatherBatchPages]->pages[behind % kGatherBatchPages].set(p);
}

// A full one is flushed and its pages freed at once, under whatever lock the caller has.
bool flushes_in_the_middle() {
  return gather_is_per_cpu() || design().gather == gather::freed_locked;
}

void free_table_rcu(rcu_head* head) {
  pte_free(RW_ENTRY(head, pte_table, rcu));
}

void free_tables(mmu_gather* tlb) {
  for (unsigned i = 0; i < tlb->tables_count; ++i) pte_free_flushed(tlb->tables[i]);
  tlb->tables_count = 0;
}

void flush_and_free(mmu_gather* tlb) {
  if (design().gather == gather::free_before_flush) free_pages(tlb);
  tlb_flush_mmu_tlbonly(tlb);
  free_pages(tlb);
  free_tables(tlb);
}

void init(mmu_gather* tlb, mm_struct* mm, bool fullmm, unsigned first, unsigned last,
          sync::site where = sync::site::current()) {
  tlb->mm = mm;
  tlb->fullmm = fullmm;
  tlb->tells = true;
  tlb->even_cows = true;
  tlb->first = first;
  tlb->last = last;
  tlb->began = tlb_now();
  tlb->count = tlb->batches = tlb->tables_count = 0;
  nothing_to_flush(tlb);
  // Before any pte changes: whoever finds one empty under its lock sees this too.
  atomic_inc(&mm->tlb_flush_pending);
  tlb->cpu = nullptr;
  if (gather_is_per_cpu()) get_cpu_gather(tlb, where);
}

// Another task is between clearing ptes of this mm and flushing them.
bool flush_nested(const mmu_gather* tlb) {
  return design().tlb_pending == tlb_pending::nested &&
         atomic_read(&tlb->mm->tlb_flush_pending) > 1;
}

}  // namespace

void mmu_gathers_begin() {
  w().mmu_gather_batch_cache = kmem_cache_create<mmu_gather_batch>();
}

void tlb_gather_mmu(mmu_gather* tlb, mm_struct* mm, unsigned start, unsigned end) {
  init(tlb, mm, false, start, end);
}
void tlb_gather_mmu_fullmm(mmu_gather* tlb, mm_struct* mm) {
  init(tlb, mm, true, 0, kPages);
}

void tlb_remove_tlb_entry(mmu_gather* tlb, unsigned address) {
  tlb->start = std::min(tlb->start, address);
  tlb->end = std::max(tlb->end, address + 1);
}

bool tlb_remove_page(mmu_gather* tlb, page* p) {
  RW_CHECK(tlb->count < capacity(tlb), "a full gather was not flushed");
  oracle_unpreemptible(kMostUnpreemptible);
  add_page(tlb, p);
  if (tlb->cpu != nullptr && zap_block_done(tlb)) return true;
  if (tlb->count < capacity(tlb)) return false;
  if (tlb->cpu == nullptr && next_batch(tlb)) {
    reached(reach_counter::batch_extended);
    return false;
  }
  if (!flushes_in_the_middle()) return true;
  flush_and_free(tlb);
  return false;
}

void pte_free_flushed(pte_table* table) {
  if (design().table_free == table_free::rcu)
    call_rcu(&table->rcu, free_table_rcu);
  else
    pte_free(table);
}

void pte_free_tlb(mmu_gather* tlb, pte_table* table) {
  reached(reach_counter::table_freed);
  if (design().table_free == table_free::at_once) return pte_free(table);
  RW_CHECK(tlb->tables_count < kPmds, "an address space has no more tables than that");
  tlb->tables[tlb->tables_count++] = table;
}

void tlb_flush_mmu_tlbonly(mmu_gather* tlb) {
  const bool all = tlb->fullmm || tlb->tables_count > 0;
  if (!all && tlb->start >= tlb->end) return;
  flush_tlb_range(tlb->mm, all ? 0 : tlb->start, all ? kPages : tlb->end);
  nothing_to_flush(tlb);
}

void tlb_flush_mmu(mmu_gather* tlb) {
  flush_and_free(tlb);
  if (tlb->cpu == nullptr) return;
  put_cpu_gather(tlb);
  get_cpu_gather(tlb);
}

void tlb_finish_mmu(mmu_gather* tlb, sync::site where) {
  if (!tlb->fullmm && flush_nested(tlb)) {
    reached(reach_counter::flush_nested);
    tlb->start = std::min(tlb->start, tlb->first);
    tlb->end = std::max(tlb->end, tlb->last);
  }
  flush_and_free(tlb);
  if (tlb->cpu != nullptr) put_cpu_gather(tlb);
  if (tlb->fullmm) leave_mm(tlb->mm);
  for (unsigned i = 0; i < tlb->batches; ++i)
    kmem_cache_free(w().mmu_gather_batch_cache, tlb->batch[i]);
  if (tlb->even_cows) oracle_flushed(tlb->mm, tlb->first, tlb->last, tlb->began, where);
  atomic_dec(&tlb->mm->tlb_flush_pending);
}

}  // namespace rw::mm
