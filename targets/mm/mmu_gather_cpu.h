// mmu_gather of 2.6.39 and before: one for each CPU, which holds it with preemption off.
//
// Models get_cpu_var(mmu_gathers) in tlb_gather_mmu, put_cpu_var in tlb_finish_mmu, and the blocks
// of unmap_vmas: after ZAP_BLOCK_SIZE pages it gives the gather back, so that another task may run,
// and takes it again. Without blocks one that is full is flushed and freed under the page-table
// lock. unmap_vmas tells subscribers in between, and free_pgtables takes rmap locks: none of that
// may sleep (axes callbacks, av_lock, i_mmap_lock), which is what the series of 2011 changed.
// Promises: a block unmaps kZapBlock pages at most, and frees no others.
// Changed: a dirty page of a file is flushed under the page-table lock, as since 1cf35d47712d
// (per_cpu_unflushed does not); the blocks are counted below unmap_page_range, so that every caller
// has them; empty ptes are no work. Simplified: a task is a CPU, so no other task can come and find
// the gather in use; there is always somebody to run. Under an i_mmap spinlock nobody can, and
// unmap_with_restarts (zap.cc) unmaps less than a block at a time.
#pragma once

#include "targets/mm/mmu_gather.h"

namespace rw::mm {

inline constexpr unsigned kFreePtes = 2;  // kernel: FREE_PTE_NR, 506
static_assert(kFreePtes >= kZapBlock, "as in the kernel with CONFIG_PREEMPT");

// Touched by the CPU that has preemption off and by no other.
struct cpu_gather {
  sync::cell<page*> pages[kFreePtes];
};

bool gather_is_per_cpu();
// Preemption goes off, and a block begins.
void get_cpu_gather(mmu_gather* tlb, sync::site where = sync::site::current());
// It is empty. Preemption is on again, if nothing else keeps it off.
void put_cpu_gather(mmu_gather* tlb, sync::site where = sync::site::current());
// One page more was unmapped. True: the gather has to be given back.
bool zap_block_done(mmu_gather* tlb);

}  // namespace rw::mm

RW_TYPE_NAMED(rw::mm::cpu_gather, "mmu_gathers", pages)
