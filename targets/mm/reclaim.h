// reclaim: a page of the LRU list loses its ptes and, if nobody else uses it, its frame.
//
// Models shrink_page_list of 3.8 for one page: trylock_page, add_to_swap, try_to_unmap, then
// __remove_mapping. Holds no mmap_sem: that is what makes it every lock's test.
// Simplified: takes any page, young or not; data is written back at once.
#pragma once

namespace rw::mm {

// The n-th page of the LRU list, the newest being 0. Returns null, or why nothing was done.
const char* do_reclaim(unsigned n);
const char* do_page_referenced(unsigned n);

}  // namespace rw::mm
