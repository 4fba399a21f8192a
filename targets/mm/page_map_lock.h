// page_map_lock: a bit lock in page->flags that keeps a mapped page mapped.
//
// Models page_map_lock of 2.6.7 and 2.6.8 (av_life=page_map_lock): whoever changes a page's
// mapcount holds it, and a lookup holds it from the test of page_mapped until it has the
// anon_vma's lock. While the page is mapped its anon_vma is attached to an area, and while its lock
// is held it stays so. Neither RCU nor type-stable memory is needed.
// Innermost: taken under the pte lock by page_remove_rmap. So a lookup may only try the anon_vma's
// lock under it, whose holders wait for pte locks.
// Changed: 2.6.7 held it over the whole walk and tried the page-table lock instead, at the price of
// ptes that a walk passes over. With any other av_life these do nothing.
#pragma once

#include "targets/kernel/bit_spinlock.h"
#include "targets/mm/design.h"
#include "targets/mm/page.h"

namespace rw::mm {

inline void page_map_lock(page* p, sync::site where = sync::site::current()) {
  if (design().av_life == av_life::page_map_lock) bit_spin_lock(PG_maplock, &p->flags, where);
}
inline void page_map_unlock(page* p, sync::site where = sync::site::current()) {
  if (design().av_life == av_life::page_map_lock) bit_spin_unlock(PG_maplock, &p->flags, where);
}

}  // namespace rw::mm
