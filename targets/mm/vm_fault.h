// One fault under way: what its parts (fault.cc, fault_cow.cc) hand to each other. Their outcome is
// null too if the fault has raced, and another access is worth it.
#pragma once

#include "targets/mm/outcome.h"
#include "targets/mm/page_table.h"
#include "targets/mm/vma.h"

namespace rw::mm {

// One fault (kernel 4.10: struct vm_fault). mmap_sem or the vma is held, so `ptep` stays.
struct vm_fault {
  mm_struct* mm;
  vm_area_struct* vma;
  unsigned address;
  bool write;
  bool* broke_cow;  // set when a write may go on at a page of its own (kernel: VM_FAULT_WRITE)
  ptep_t ptep;
  pte_t orig;  // as it was when the fault decided what to do
};

inline bool may_write(const vm_area_struct* vma) {
  return (vma->vm_flags.get() & VM_WRITE) != 0;
}

// With the table's lock: whether nobody has changed the pte meanwhile.
inline bool pte_unchanged(const vm_fault& f) {
  return pte_same(ptep_get(f.ptep), f.orig);
}

inline void lock_pte(const vm_fault& f) {
  spin_lock(&f.ptep.table->ptl);
}

// Of a page that only this pte maps. One that the area may not write, a debugger may: dirty tells
// that it is a copy (axis force_cow).
inline pte_t maybe_mkwrite(const vm_fault& f, const page* p) {
  const pte_t pte = mk_pte(p, may_write(f.vma));
  return may_write(f.vma) ? pte : pte_mkdirty(pte);
}

// Whether another forced write may have found the page its area's own since it was to be copied,
// which need not show in the pte (axis forced_copy). The lock of the pte or pmd is held.
bool maybe_reused(const vm_area_struct* vma, page* old);
// `copy` is what a private mapping has from now on; the table's lock is held.
void map_private_copy(const vm_fault& f, page* copy);
// A write where the pte is present and read-only. The table's lock is held on entry and not on
// return.
outcome do_wp_page(const vm_fault& f);

}  // namespace rw::mm
