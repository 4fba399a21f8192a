// mmu_gather: what was unmapped is kept until no CPU can use it any more, and freed then.
//
// Models mmu_gather and mm/memory.c of 3.16 (9547d01bfb9c of 2011 and 1cf35d47712d): on the stack
// of who zaps, preemptible, one page of its own and extra batches from allocations that may fail,
// up to a bound (53a59fc67f97). When it is full, the TLBs are flushed and the pages freed in the
// middle of the zap. Page-table pages go the same way. mm->tlb_flush_pending tells a second task
// that finds an empty pte that the flush for it may be still to come (99baac21e458).
// Promises: after tlb_finish_mmu no CPU uses a translation of the range that it found before
// tlb_gather_mmu (oracle_flushed); while nobody can preempt the task it unmaps and frees no more
// than kMostUnpreemptible pages (oracle_unpreemptible). Axes: gather, gather_range, tlb_pending,
// table_free. The gather of 2.6.39 and before, one for each CPU: mmu_gather_cpu.h.
#pragma once

#include "targets/mm/page_table.h"
#include "targets/mm/tlb.h"

namespace rw::mm {

struct mm_struct;
struct page;

inline constexpr unsigned kGatherBundle = 1;      // kernel: MMU_GATHER_BUNDLE, 8
inline constexpr unsigned kGatherBatchPages = 2;  // of an extra batch
inline constexpr unsigned kMaxGatherBatches = 1;  // extra ones
inline constexpr unsigned kMaxGatherPages = kGatherBundle + kMaxGatherBatches * kGatherBatchPages;
inline constexpr unsigned kZapBlock = 2;  // kernel: ZAP_BLOCK_SIZE, 8 pages with CONFIG_PREEMPT
// A block unmapped and freed; under a page-table lock alone a table unmapped.
inline constexpr unsigned kMostUnpreemptible = 2 * kZapBlock;

struct mmu_gather_batch {
  sync::cell<page*> pages[kGatherBatchPages];
};

struct cpu_gather;

// On a stack; owns a reference on each page in it, and the tables.
struct mmu_gather {
  mm_struct* mm;
  bool fullmm;           // the mm is dying
  bool tells;            // subscribers, with inval_site=every_page_in_ptl
  bool even_cows;        // copies of a file's pages go too (kernel: zap_details)
  unsigned first, last;  // what the caller unmaps: [first, last)
  unsigned start, end;   // what is still to be flushed: [start, end)
  tlb_moment began;      // for the oracle
  unsigned count;        // of pages
  page* bundle[kGatherBundle];
  unsigned batches;
  mmu_gather_batch* batch[kPages];
  cpu_gather* cpu;    // with gather=per_cpu, in place of bundle and batches; preemption is off
  unsigned zap_work;  // then, pages that may still be unmapped before it is given back
  unsigned tables_count;
  pte_table* tables[kPmds];
};

void mmu_gathers_begin();

// Before the first pte of [start, end) is cleared.
void tlb_gather_mmu(mmu_gather* tlb, mm_struct* mm, unsigned start, unsigned end);
// The mm dies; its CPUs will leave it.
void tlb_gather_mmu_fullmm(mmu_gather* tlb, mm_struct* mm);
// The pte of `address` was cleared.
void tlb_remove_tlb_entry(mmu_gather* tlb, unsigned address);
// Takes over the pte's reference. True: it is full now, or the block is done, and it must be
// flushed. Any context.
bool tlb_remove_page(mmu_gather* tlb, page* p);
void pte_free_tlb(mmu_gather* tlb, pte_table* table);
// For a table that has been in no pmd since a flush: only a walk that RCU protects may be in it.
void pte_free_flushed(pte_table* table);
// Flushes the TLBs; the pages stay. Any context.
void tlb_flush_mmu_tlbonly(mmu_gather* tlb);
// Flushes and frees, not under a page-table lock: that takes its time. With gather=per_cpu it is
// given back and taken again.
void tlb_flush_mmu(mmu_gather* tlb);
void tlb_finish_mmu(mmu_gather* tlb, sync::site where = sync::site::current());

}  // namespace rw::mm

RW_TYPE_NAMED(rw::mm::mmu_gather_batch, "mmu_gather_batch", pages)
