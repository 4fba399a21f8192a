// compound: the pages of a huge page, while they belong together and when they part.
//
// Models PageTail, __get_page_tail, put_compound_page and __split_huge_page_refcount of 3.8
// (70b50f94f164). A pin on a tail counts in the head's refcount, which keeps the whole, and in the
// tail's mapcount, which says whose it will be after a split. Axis tail_pin: the two counts of
// 2.6.38, taken in two steps.
// With thp_split=freeze (4.5, huge_freeze.h) all that is easier: pins count on the head alone,
// because nothing that is pinned splits; huge pmds count in compound_mapcount, and ptes in the
// mapcount of each part.
// Left out: hugetlbfs pages, compound pages of other orders, destructors.
#pragma once

#include "targets/mm/page.h"

namespace rw::mm {

// If `p` is a tail: takes a reference on it and returns true. The caller holds one already.
bool get_tail_page(page* p, sync::site where);
// put_page for a page that is or was part of a huge page.
void put_page_of_huge(page* p, sync::site where);
// The frames of a page with no reference: of all that still belong together.
void free_huge_frames(page* p, sync::site where);

// Whether huge pages are split by frozen refcounts, by themselves or with their pmd alone.
bool splits_by_freeze();
// Where the huge pmds that map the page are counted, minus one.
atomic_t* compound_mapcount_ptr(page* head);
// How many pmds and ptes map the page, all parts together. With splits by frozen refcounts.
int total_mapcount(page* head);
// How many map the part of it that most do: 1 means that whoever maps `p` may write to it. *total:
// how many map any part. Exact while the page lock is held. Where the page is not, or no longer,
// part of a huge one, and with other splits, both are its own mapcount.
int page_trans_huge_mapcount(page* p, int* total, sync::site where = sync::site::current());
// The page whose lock is the page lock of `p`, which somebody maps or has a reference on.
page* page_with_lock(page* p);

// Makes each tail a page of its own with the head's mapping and number of ptes, and gives it its
// pins. Nobody maps the huge page but by pmds that are splitting, which were made ptes of it.
void split_huge_page_refcount(page* head);

}  // namespace rw::mm
