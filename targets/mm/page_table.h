// Page tables and the CPU that walks them.
//
// Models a one-level page table of 64 pages, and the machine's side of it: lookup, accessed bit and
// access are one step under the CPU's hardware lock; a flush takes that lock on each CPU that has
// used the mm, as an IPI waits for the CPU's current instruction. A pte is 0 (none), a present one
// (frame, writable, young), or a swap entry (slot). Written under page_table_lock, except the young
// bit, which the CPU sets; read by anyone.
// Left out: a TLB. An access looks the pte up each time, so a missing flush shows only where an
// access is under way (fine granularity, threads); dirty bits; freeing of page tables.
// Changed: a pte is published with release order and read with acquire, for the write barrier of
// __SetPageUptodate and the address dependency of a table walk.
#pragma once

#include "targets/mm/locks.h"
#include "targets/mm/page.h"

namespace rw::mm {

struct mm_struct;

inline constexpr unsigned kPages = 64;   // of an address space; addresses are page numbers
inline constexpr unsigned kMaxCpus = 8;  // a task is a CPU

using pte_t = std::uint32_t;
inline constexpr unsigned kPtePresentBit = 0;
inline constexpr unsigned kPteWriteBit = 1;
inline constexpr unsigned kPteYoungBit = 2;
inline constexpr unsigned kPteSwapBit = 3;

struct page_table {
  sync::atomic<pte_t> pte[kPages];
};

struct cpu {
  spinlock_t hardware;
};

inline bool pte_none(pte_t pte) {
  return pte == 0;
}
inline bool pte_present(pte_t pte) {
  return (pte >> kPtePresentBit & 1U) != 0;
}
inline bool pte_write(pte_t pte) {
  return (pte >> kPteWriteBit & 1U) != 0;
}
inline bool pte_is_swap(pte_t pte) {
  return (pte >> kPteSwapBit & 1U) != 0;
}
inline unsigned pte_value(pte_t pte) {
  return pte >> 8U;
}  // frame or swap slot
inline pte_t pte_without_young(pte_t pte) {
  return pte & ~(1U << kPteYoungBit);
}
// The same pte but for the bit that the CPU may set at any time.
inline bool pte_same(pte_t a, pte_t b) {
  return pte_without_young(a) == pte_without_young(b);
}
pte_t mk_pte(const page* p, bool writable);
pte_t mk_swap_pte(unsigned slot);
page* pte_page(pte_t pte);

pte_t ptep_get(const mm_struct* mm, unsigned address, sync::site where = sync::site::current());
// These need page_table_lock.
void set_pte_at(mm_struct* mm, unsigned address, pte_t pte,
                sync::site where = sync::site::current());
// Returns the pte before.
pte_t ptep_get_and_clear(mm_struct* mm, unsigned address, sync::site where = sync::site::current());
void ptep_set_wrprotect(mm_struct* mm, unsigned address, sync::site where = sync::site::current());
bool ptep_test_and_clear_young(mm_struct* mm, unsigned address,
                               sync::site where = sync::site::current());

// Waits until no CPU is in an access that began before. Any context.
void flush_tlb_mm(mm_struct* mm, sync::site where = sync::site::current());

// One access of the calling CPU, which runs `mm`. Returns false if it faults. A write stores
// `*token`, a read loads it; the data oracle watches.
bool cpu_access(mm_struct* mm, unsigned address, bool write, std::uint64_t* token,
                sync::site where = sync::site::current());

// ---- for oracles: no step -----------------------------------------------------------------------

pte_t pte_peek(const mm_struct* mm, unsigned address);

}  // namespace rw::mm
