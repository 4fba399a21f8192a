// CPUs: each walks page tables by itself and remembers what it found.
//
// Models the machine's side of mm: one TLB per CPU without address space tags, filled by accesses
// and emptied by a switch to another mm or by a flush, which is an IPI to each CPU that has the mm
// loaded and waits for it. A task is a CPU. A walk sets the young bit, and for a write the dirty
// bit, with a locked access to the pte; a remembered translation is used as it is, whatever the pte
// has become: a write needs one that was made by a write.
// Promises: whatever a CPU does between two instructions is one critical section of its hardware
// lock: an access, a walk with interrupts off (gup_fast.h), the answer to an IPI.
// Simplified: nothing falls out of a TLB by itself; no paging-structure caches, no global or huge
// entries; a task stays on its CPU and keeps its mm loaded between ops (as lazy TLB mode does)
// until the mm dies.
#pragma once

#include "targets/mm/page_table.h"

namespace rw::mm {

inline constexpr unsigned kMaxCpus = 8;

// All under `hardware`.
struct cpu {
  spinlock_t hardware;
  sync::cell<mm_struct*> mm;        // loaded; null: none
  sync::cell<std::uint32_t> valid;  // bit a: tlb[a] holds the translation of page a
  sync::cell<pte_t> tlb[kPages];
  sync::ghost<std::uint32_t> filled[kPages];     // when, counted in fills of all CPUs
  sync::ghost<std::uint32_t> filled_at[kPages];  // and in the CPU's own clock
};

void cpus_begin();

// No CPU uses a translation of [start, end) that it found before the call. Any context.
void flush_tlb_range(mm_struct* mm, unsigned start, unsigned end,
                     sync::site where = sync::site::current());
inline void flush_tlb_page(mm_struct* mm, unsigned address,
                           sync::site where = sync::site::current()) {
  flush_tlb_range(mm, address, address + 1, where);
}
inline void flush_tlb_mm(mm_struct* mm, sync::site where = sync::site::current()) {
  flush_tlb_range(mm, 0, kPages, where);
}
// ... and no CPU has the mm loaded, which is about to die (kernel: leave_mm).
void leave_mm(mm_struct* mm, sync::site where = sync::site::current());

// The calling CPU loads `mm`, and forgets the old one before it stops answering its flushes. Its
// hardware lock is held.
void switch_mm(cpu* c, mm_struct* mm, sync::site where);

// One access of the calling CPU, which runs `mm`. Returns false if it faults. A write stores
// `*token`, a read loads it; the data oracle watches.
bool cpu_access(mm_struct* mm, unsigned address, bool write, std::uint64_t* token,
                sync::site where = sync::site::current());

// ---- for oracles: no step -----------------------------------------------------------------------

// A point in the run, as the task that gets there knows it.
struct tlb_moment {
  std::uint32_t fills;  // translations remembered so far, on all CPUs together
  // How far the task knows each CPU to have come. Under a weak memory model it may pass over a page
  // that came without its knowledge, and then need not flush it.
  std::uint32_t known[kMaxCpus];
};
tlb_moment tlb_now();
// The CPU that may use a translation to `p`; -1: none.
int tlb_who_maps(const page* p);
// A CPU that may use (write through, if `writers_only`) a translation of [start, end) of `mm` found
// before `since`; -1: none.
int tlb_who_is_stale(const mm_struct* mm, unsigned start, unsigned end, const tlb_moment& since,
                     bool writers_only);

}  // namespace rw::mm
