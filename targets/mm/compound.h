// compound: the pages of a huge page, while they belong together and when they part.
//
// Models PageTail, __get_page_tail, put_compound_page and __split_huge_page_refcount of 3.8
// (70b50f94f164). A pin on a tail counts in the head's refcount, which keeps the whole, and in the
// tail's mapcount, which says whose it will be after a split. Axis tail_pin: the two counts of
// 2.6.38, taken in two steps.
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

// Makes each tail a page of its own with the head's mapping and number of ptes, and gives it its
// pins. Nobody maps the huge page but by pmds that are splitting, which were made ptes of it.
void split_huge_page_refcount(page* head);

}  // namespace rw::mm
