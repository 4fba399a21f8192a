// khugepaged: the small pages of an anonymous area become a huge one.
//
// Models collapse_huge_page of 3.8, asked for by the program (kernel 6.1: MADV_COLLAPSE). Under
// mmap_sem for writing and the root's lock the pmd is cleared, which ends every lock-less walk;
// then the pages, which nobody else may use, are copied, and the pmd maps the copy. The old table
// is kept in deposit.
// Axes: collapse_rmap, collapse_notify; gup_recheck (gup_fast.h).
// Left out: the scan that finds where to collapse, file pages, swap entries.
#pragma once

namespace rw::mm {

struct mm_struct;

// Null, or why nothing was done: a literal.
const char* do_collapse(mm_struct* mm, unsigned address);

}  // namespace rw::mm
