// reclaim: a page of the LRU list loses its ptes and, if nobody else uses it, its frame.
//
// Models shrink_page_list of 3.8 for one page (trylock_page, add_to_swap, try_to_unmap, then
// __remove_mapping), and what shrink_active_list asks of rmap for a batch of kAgeBatch. Holds no
// mmap_sem: that is what makes it every lock's test.
// Simplified: takes any page, young or not; data is written back at once.
#pragma once

namespace rw::mm {

inline constexpr unsigned kAgeBatch = 4;  // pages

// The n-th page of the LRU list, the newest being 0. Returns null, or why nothing was done.
const char* do_reclaim(unsigned n);
// Ageing, as shrink_active_list: page_referenced for the newest pages of the list.
const char* do_page_referenced();

// A fault in hugetlbfs looks for a page table to share, under the file's i_mmap_mutex; the
// allocation of one reclaims the n-th page of the LRU list if it is another file's (mm/hugetlb.c:
// huge_pmd_share; hugetlb.h has the sharing). Null, or why nothing was reclaimed.
const char* do_huge_pmd_share(unsigned n);

}  // namespace rw::mm
