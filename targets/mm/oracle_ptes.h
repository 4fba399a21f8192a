// For oracles: every pte of every address space, without a step.
#pragma once

#include "targets/mm/mm_struct.h"

namespace rw::mm {

// The mm with this id that is not freed, or null.
mm_struct* oracle_mm(unsigned id);

// Calls f(mm, address, pte) for each pte that is not none, those that a huge pmd stands for too.
template <typename F>
void for_each_pte(F f) {
  for (unsigned id = 0; id < kMaxMms; ++id) {
    const mm_struct* mm = oracle_mm(id);
    if (mm == nullptr) continue;
    for (unsigned i = 0; i < kPmds; ++i) {
      if (pmd_none(mm->pgd.pmd[i].peek())) continue;
      for (unsigned address = i * kPtrsPerTable; address < (i + 1) * kPtrsPerTable; ++address)
        if (const pte_t pte = pte_peek(mm, address); !pte_none(pte)) f(mm, address, pte);
    }
  }
}

inline bool maps(pte_t pte, const page* p) {
  return pte_present(pte) && pte_page(pte) == p;
}

// References on `p` that devices hold.
unsigned device_references(const page* p);
// For the quiescent oracle, with splits by frozen refcounts: whether `p` is part of a huge page.
// The counts of the whole are checked with its head (oracle_compound.cc).
bool check_frozen_compound(const page* p, sync::site where);

// Calls f(mm, address) for each pmd that has `table`; address: the first that it covers.
template <typename F>
void for_each_pmd_of(const pte_table* table, F f) {
  for (unsigned id = 0; id < kMaxMms; ++id) {
    const mm_struct* mm = oracle_mm(id);
    for (unsigned i = 0; mm != nullptr && i < kPmds; ++i)
      if (pmd_pgtable(mm->pgd.pmd[i].peek()) == table) f(mm, i * kPtrsPerTable);
  }
}

// Whether the pte is not one of a shared table that was met in another pmd before.
inline bool met_first(const mm_struct* mm, unsigned address) {
  const pmd_t pmd = mm->pgd.pmd[address / kPtrsPerTable].peek();
  if (!pmd_hugetlb(pmd)) return true;
  bool first = false;
  unsigned met = 0;
  for_each_pmd_of(pmd_pgtable(pmd), [&](const mm_struct* owner, unsigned start) {
    if (met++ == 0) first = owner == mm && start == pmd_start(address);
  });
  return first;
}

// One that address spaces share counts once.
inline unsigned ptes_of(const page* p) {
  unsigned count = 0;
  for_each_pte([&](const mm_struct* mm, unsigned address, pte_t pte) {
    count += maps(pte, p) && met_first(mm, address) ? 1 : 0;
  });
  return count;
}

}  // namespace rw::mm
