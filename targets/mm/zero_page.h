// The zero pages: what a read fault maps where an anonymous area has nothing yet.
//
// Models ZERO_PAGE (do_anonymous_page, vm_normal_page) and the huge zero page of 3.8: one page, and
// HPAGE_PMD_NR pages for huge pmds, that hold zeros, are mapped read-only and are never written or
// freed. Nobody counts their ptes, they have no rmap and are on no list; a pin counts in their
// refcount. A write fault puts a page of the area's own in their place.
// Simplified: the huge zero page is there from the start and stays (kernel: with its first fault,
// until a shrinker finds it unused), and its pages count their pins each for itself.
#pragma once

#include "targets/mm/page_table.h"

namespace rw::mm {

struct vm_area_struct;

// Frames behind those that are allocated.
inline constexpr unsigned kZeroFrame = kFrames;
inline constexpr unsigned kHugeZeroFrame = kFrames + 1;
static_assert(kHugeZeroFrame + HPAGE_PMD_NR == kAllFrames);

void zero_pages_begin();

inline page* zero_page() {
  return pfn_to_page(kZeroFrame);
}
inline page* huge_zero_page() {
  return pfn_to_page(kHugeZeroFrame);
}
inline bool is_zero_page(const page* p) {
  return page_to_pfn(p) >= kZeroFrame;
}
inline bool is_huge_zero_pmd(pmd_t pmd) {
  return pmd_trans_huge(pmd) && pte_value(static_cast<pte_t>(pmd)) == kHugeZeroFrame;
}
// The page that a present pte maps, with all that is counted of pages; null: a zero page.
inline page* vm_normal_page(pte_t pte) {
  page* p = pte_page(pte);
  return is_zero_page(p) ? nullptr : p;
}

// A read fault where the pmd is none, and the area may have huge pages. False: no memory.
bool do_huge_zero_page(vm_area_struct* vma, unsigned address);
// The pmd of `address`, if it maps the huge zero page, maps the zero page by ptes afterwards.
// mmap_sem is held.
void split_huge_zero_page_pmd(vm_area_struct* vma, unsigned address);

// Fails if a zero page is not as it was made, but for the pins that devices have.
void oracle_zero_pages(sync::site where = sync::site::current());

}  // namespace rw::mm
