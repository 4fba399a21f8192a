// What subscribers are told under page-table locks, where there are no range pairs.
//
// Models the fallback of the mail of 2008-05-07 (inval_site=every_page_in_ptl): whoever takes a pte
// away or restricts it calls invalidate_page for it before the lock is dropped. The list of
// subscribers is looked at behind the change, so register needs no lock of the mm: a driver that
// found the pte was in the list before the look, and one that comes later finds no pte. What a
// driver is about to install it must still test against its sequence, for it looked the page up
// before that call. The price is a call per pte in atomic context: who has to wait is shut out.
// Changed: get_user_page_fast takes no lock either, so it is the order of two accesses on each side
// that counts (link, then read the pte; change the pte, then read the list); the change and the
// list's lock are full barriers. Huge pmds count as the ptes they stand for.
#pragma once

#include "targets/mm/design.h"
#include "targets/mm/mmu_notifier.h"

namespace rw::mm {

inline bool no_pairs() {
  return design().inval_site == inval_site::every_page_in_ptl;
}

// The lock over the ptes (or the pmd) of [start, start + pages) is held, and they are changed.
inline void notify_in_ptl(mm_struct* mm, unsigned start, unsigned pages = 1) {
  if (!no_pairs()) return;
  for (unsigned i = 0; i < pages; ++i) mmu_notifier_invalidate_page(mm, start + i);
}

}  // namespace rw::mm
