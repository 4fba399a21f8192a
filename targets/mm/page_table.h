// Page tables: two levels, a lock and a life for each table.
//
// Models pgd to pte of 3.8 folded into two levels: an mm has kPmds pmds; a pmd is none, points to a
// table of kPtrsPerTable ptes (split page table locks), or maps a huge page by itself
// (huge_memory.h). A pte is 0 (none), a present one
// (frame, writable, young, dirty), a swap entry (slot) or a migration entry (frame, writable). A
// table comes with the first fault in its range, under mm->page_table_lock, and goes when the last
// vma in its range does (free_pgtables), after a flush: until then whoever holds mmap_sem, an
// i_mmap_mutex or an anon_vma root lock of a vma there may walk it, and so may a CPU, which the
// flush waits for. Ptes are written under their table's lock, except the young and dirty bits,
// which the CPU sets; read by anyone.
// Changed: a pte and a pmd are published with release order and read with acquire, for the write
// barriers of __SetPageUptodate and __pte_alloc and the address dependency of a table walk.
// A table may be shared by address spaces that map the same part of hugetlbfs (hugetlb.h). One
// whose pmd has kPmdHugetlbBit may be, or have been: it stays in a pmd while i_mmap_mutex or
// page_table_lock is held, mmap_sem alone does not keep it.
#pragma once

#include "targets/mm/locks.h"
#include "targets/mm/page.h"

namespace rw::mm {

struct mm_struct;

inline constexpr unsigned kPtrsPerTable = 2;  // kernel: PTRS_PER_PTE, 512
inline constexpr unsigned kPmds = 5;
inline constexpr unsigned kPages = kPmds * kPtrsPerTable;  // addresses are page numbers

using pte_t = std::uint32_t;
inline constexpr unsigned kPtePresentBit = 0;
inline constexpr unsigned kPteWriteBit = 1;
inline constexpr unsigned kPteYoungBit = 2;
inline constexpr unsigned kPteSwapBit = 3;
inline constexpr unsigned kPteDirtyBit = 4;
inline constexpr unsigned kPteMigrationBit = 5;

struct pte_table {
  spinlock_t ptl;
  rcu_head rcu;
  atomic_t pt_share_count;  // pmds that have it, but for one; up and down under i_mmap_mutex
  sync::atomic<pte_t> pte[kPtrsPerTable];
};

// None, the address of a table, or huge: bits and frame as in a pte, and those below.
using pmd_t = std::uint64_t;
inline constexpr unsigned kPmdSplittingBit = 6;
inline constexpr unsigned kPmdNumaBit = 7;  // not present, until a fault (numa.h)
// It has a table made for hugetlbfs. Where two levels stand for three, the pmd of such a table
// stands for the kernel's pud.
inline constexpr unsigned kPmdHugetlbBit = 61;
inline constexpr unsigned kPmdHugeBit = 62;  // kernel: PSE; set even while it is not present

// The upper level.
struct page_table {
  sync::atomic<pmd_t> pmd[kPmds];  // written under page_table_lock
  // Under it too: the table that a huge pmd will need when it splits; null: it is not huge.
  sync::cell<pte_table*> deposit[kPmds];
};

// A place for a pte. No table: the pmd was none or huge.
struct ptep_t {
  pte_table* table;
  sync::atomic<pte_t>* slot;
};

inline bool pmd_none(pmd_t pmd) {
  return pmd == 0;
}
inline bool pmd_trans_huge(pmd_t pmd) {
  return (pmd >> kPmdHugeBit & 1U) != 0;
}
inline bool pmd_trans_splitting(pmd_t pmd) {
  return (pmd >> kPmdSplittingBit & 1U) != 0;
}
inline bool pmd_numa(pmd_t pmd) {
  return pmd_trans_huge(pmd) && (pmd >> kPmdNumaBit & 1U) != 0;
}
inline bool pmd_hugetlb(pmd_t pmd) {
  return (pmd >> kPmdHugetlbBit & 1U) != 0;
}
// Null for one that is none or huge.
inline pte_table* pmd_pgtable(pmd_t pmd) {
  return pmd_trans_huge(pmd) ? nullptr
                             : reinterpret_cast<pte_table*>(pmd & ~(pmd_t{1} << kPmdHugetlbBit));
}
inline pmd_t pmd_of_table(pte_table* table) {
  return reinterpret_cast<pmd_t>(table);
}
inline pmd_t pmd_of_hugetlb_table(pte_table* table) {
  return pmd_of_table(table) | pmd_t{1} << kPmdHugetlbBit;
}
// The first address that the pmd of `address` covers.
inline unsigned pmd_start(unsigned address) {
  return address / kPtrsPerTable * kPtrsPerTable;
}

inline bool pte_none(pte_t pte) {
  return pte == 0;
}
inline bool pte_present(pte_t pte) {
  return (pte >> kPtePresentBit & 1U) != 0;
}
inline bool pte_write(pte_t pte) {
  return (pte >> kPteWriteBit & 1U) != 0;
}
inline bool pte_access_permitted(pte_t pte, bool write) {
  return pte_present(pte) && (!write || pte_write(pte));
}
inline bool pte_dirty(pte_t pte) {
  return (pte >> kPteDirtyBit & 1U) != 0;
}
inline bool pte_is_swap(pte_t pte) {
  return (pte >> kPteSwapBit & 1U) != 0;
}
inline bool pte_is_migration(pte_t pte) {
  return (pte >> kPteMigrationBit & 1U) != 0;
}
inline unsigned pte_value(pte_t pte) {
  return pte >> 8U;
}  // frame or swap slot
inline pte_t pte_wrprotect(pte_t pte) {
  return pte & ~(1U << kPteWriteBit);
}
inline pte_t pte_mkyoung(pte_t pte) {
  return pte | 1U << kPteYoungBit;
}
inline pte_t pte_mkdirty(pte_t pte) {
  return pte | 1U << kPteDirtyBit;
}
inline pte_t pte_mkwrite(pte_t pte) {
  return pte | 1U << kPteWriteBit;
}
inline pte_t pte_mkclean(pte_t pte) {
  return pte & ~(1U << kPteDirtyBit);
}
// What the pte of `address` would be if the huge page were mapped by ptes.
inline pte_t pmd_pte(pmd_t pmd, unsigned address) {
  constexpr pte_t kPmdOnly = 1U << kPmdSplittingBit | 1U << kPmdNumaBit;
  return (static_cast<pte_t>(pmd) & ~kPmdOnly) + (address % kPtrsPerTable << 8U);
}
inline bool pmd_write(pmd_t pmd) {
  return pte_write(static_cast<pte_t>(pmd));
}
// All of it: what the CPU has set meanwhile makes a fault come again, and dirty may be all that a
// forced write to a read-only area has changed.
inline bool pte_same(pte_t a, pte_t b) {
  return a == b;
}
inline bool pmd_same(pmd_t a, pmd_t b) {
  return a == b;
}
// Young and clean.
pte_t mk_pte(const page* p, bool writable);
pte_t mk_swap_pte(unsigned slot);
// Stands for a page that is on its way to another frame; whoever faults waits for its lock.
pte_t mk_migration_pte(const page* p, bool writable);
page* pte_page(pte_t pte);

void page_tables_begin();
void page_table_init(page_table* pgd);

pmd_t pmd_get(const mm_struct* mm, unsigned address, sync::site where = sync::site::current());
// Where the pte of `address` is under `pmd`, which covers it.
ptep_t pte_in(pmd_t pmd, unsigned address);
// Where the pte of `address` is, if there is a table. Whoever calls keeps the table (see above).
ptep_t pte_offset_map(const mm_struct* mm, unsigned address,
                      sync::site where = sync::site::current());
// The same with the table's lock; without a table nothing is locked.
ptep_t pte_offset_map_lock(const mm_struct* mm, unsigned address,
                           sync::site where = sync::site::current());
void pte_unmap_unlock(ptep_t ptep, sync::site where = sync::site::current());
// Makes the table if the pmd is none; mmap_sem held. False: no memory. May sleep. The first is for
// who has just seen it none.
bool __pte_alloc(mm_struct* mm, unsigned address);
bool pte_alloc(mm_struct* mm, unsigned address);
// A table that is nowhere yet; null: no memory. May sleep.
pte_table* pte_alloc_one();

pte_t ptep_get(ptep_t ptep, sync::site where = sync::site::current());
// These need the table's lock.
void set_pte_at(ptep_t ptep, pte_t pte, sync::site where = sync::site::current());
// Returns the pte before.
pte_t ptep_get_and_clear(mm_struct* mm, unsigned address, ptep_t ptep,
                         sync::site where = sync::site::current());
// ... and no CPU uses it any more.
pte_t ptep_clear_flush(mm_struct* mm, unsigned address, ptep_t ptep,
                       sync::site where = sync::site::current());
void ptep_set_wrprotect(ptep_t ptep, sync::site where = sync::site::current());
bool ptep_clear_flush_young(mm_struct* mm, unsigned address, ptep_t ptep,
                            sync::site where = sync::site::current());

// The pmd of the caller has it no more. False: another one still has (hugetlb.cc).
bool put_shared_table(pte_table* table);
// Takes the tables within [floor, ceiling) that [start, end) touches out of the mm and hands each
// to f(table). No vma is left in [floor, ceiling), and rmap does not come there any more.
template <typename F>
void free_pgd_range(page_table* pgd, unsigned start, unsigned end, unsigned floor, unsigned ceiling,
                    F f) {
  for (unsigned i = start / kPtrsPerTable; i * kPtrsPerTable < end; ++i) {
    if (i * kPtrsPerTable < floor || (i + 1) * kPtrsPerTable > ceiling) continue;
    const pmd_t pmd = smp_load_acquire(&pgd->pmd[i]);
    pte_table* table = pmd_pgtable(pmd);
    if (table == nullptr) continue;
    WRITE_ONCE(pgd->pmd[i], 0);
    if (pmd_hugetlb(pmd) && !put_shared_table(table)) continue;
    f(table);
  }
}
void pte_free(pte_table* table, sync::site where = sync::site::current());

// ---- for reports --------------------------------------------------------------------------------

// "none", "page#3|wyd" (writable, young, dirty), "swap 2", "migration page#3|w".
std::string pte_in_words(std::uint64_t pte);
// "none", "pte_table#0" ("|hugetlb"), "huge page#3|wyd" ("s" while it splits, "n" until the fault
// of a NUMA hint).
std::string pmd_in_words(std::uint64_t pmd);

// ---- for oracles: no step -----------------------------------------------------------------------

// 0 without a table.
pte_t pte_peek(const mm_struct* mm, unsigned address);

}  // namespace rw::mm

template <>
inline constexpr rw::sync::value_words rw::sync::words_of<&rw::mm::pte_table::pte> =
    rw::mm::pte_in_words;
RW_TYPE_NAMED(rw::mm::pte_table, "pte_table", ptl, rcu, pt_share_count, pte)
