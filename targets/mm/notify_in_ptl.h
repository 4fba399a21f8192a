// What subscribers are told under page-table locks, where there are no range pairs.
//
// Models the fallback of the mail of 2008-05-07 (inval_site=every_page_in_ptl): whoever takes a pte
// away or restricts it calls invalidate_page for it before the lock is dropped. The list of
// subscribers is looked at behind the change, so register needs no lock of the mm: a driver that
// found the pte was in the list before the look, and one that comes later finds no pte. What a
// driver is about to install it must still test against its sequence, for it looked the page up
// before that call. The price is a call per pte in atomic context: who has to wait is shut out.
// Who finds a pmd gone, without its lock, waits for the one who cleared it: the word may be under
// way. With pairs it has told subscribers itself.
// Changed: get_user_page_fast takes no lock either, so it is the order of two accesses on each side
// that counts (link, then read the pte; change the pte, then read the list); the change and the
// list's lock are full barriers. Huge pmds count as the ptes they stand for.
#pragma once

#include "targets/mm/design.h"
#include "targets/mm/mm_struct.h"
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

// A zap has read a pmd that is none, and is about to leave it at that.
inline void wait_for_notify_in_ptl(mm_struct* mm) {
  if (!no_pairs() || design().zap_none_pmd == zap_none_pmd::passes) return;
  spin_lock(&mm->page_table_lock);
  spin_unlock(&mm->page_table_lock);
}

}  // namespace rw::mm
