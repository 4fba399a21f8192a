#include "targets/mm/compound.h"

#include <algorithm>

#include "targets/mm/design.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"
#include "targets/mm/world.h"

namespace rw::mm {

namespace {

[[noreturn]] void fail_no_reference(const page* p, sync::site where) {
  sync::fail("refcount", {"page.refcount", sync::function_name(where)},
             object_name(p) + " loses a reference that nobody holds", where);
}

void drop_reference(page* p, sync::site where) {
  const int left = atomic_dec_return(&p->refcount, where);
  if (left < 0) fail_no_reference(p, where);
  if (left == 0) free_page(p, where);
}

// 2.6.38 counted a pin in both refcounts, one after the other.
bool counts_on_both() {
  return design().tail_pin == tail_pin::on_both;
}

void pin_tail(page* head, page* tail, sync::site where) {
  if (counts_on_both()) {
    atomic_inc(&tail->refcount, where);
    atomic_inc(&head->refcount, where);
  } else {
    atomic_inc(&tail->mapcount, where);
  }
}

}  // namespace

bool splits_by_freeze() {
  return design().thp_split != thp_split::splitting_bit;
}

atomic_t* compound_mapcount_ptr(page* head) {
  return splits_by_freeze() ? &head->compound_mapcount : &head->mapcount;
}

int total_mapcount(page* head) {
  int total = atomic_read(&head->compound_mapcount) + 1;
  for (unsigned i = 0; i < HPAGE_PMD_NR; ++i) total += atomic_read(&head[i].mapcount) + 1;
  return total;
}

int page_trans_huge_mapcount(page* p, int* total, sync::site where) {
  const bool whole =
      splits_by_freeze() && page_of_huge_frames(p) && (PageHead(p, where) || PageTail(p, where));
  if (!whole) return *total = atomic_read(&p->mapcount, where) + 1;
  page* head = compound_head(p);
  int most = 0;
  *total = 0;
  for (unsigned i = 0; i < HPAGE_PMD_NR; ++i) {
    const int ptes = atomic_read(&head[i].mapcount, where) + 1;
    most = std::max(most, ptes);
    *total += ptes;
  }
  const int pmds = atomic_read(&head->compound_mapcount, where) + 1;
  *total += pmds;
  return most + pmds;
}

page* page_with_lock(page* p) {
  return splits_by_freeze() && PageTail(p) ? compound_head(p) : p;
}

bool page_mapped_of_huge(const page* p, sync::site where) {
  if (!splits_by_freeze() || !PageHead(p, where)) return atomic_read(&p->mapcount, where) >= 0;
  // A pmd split raises the parts' counts before it lowers the pmds': one of them shows.
  if (atomic_read(&p->compound_mapcount, where) >= 0) return true;
  for (unsigned i = 0; i < HPAGE_PMD_NR; ++i)
    if (atomic_read(&p[i].mapcount, where) >= 0) return true;
  return false;
}

bool page_mapped_peek(const page* p) {
  if (p->mapcount.peek() >= 0) return true;
  if (!page_of_huge_frames(p) || (p->flags.peek() >> PG_head & 1U) == 0) return false;
  if (p->compound_mapcount.peek() >= 0) return true;
  for (unsigned i = 1; i < HPAGE_PMD_NR && splits_by_freeze(); ++i)
    if (p[i].mapcount.peek() >= 0) return true;
  return false;
}

namespace {

// 4.5: whoever maps or has a part of the page keeps it whole.
void get_head(page* head, sync::site where) {
  if (atomic_add_return(1, &head->refcount, where) <= 1)
    sync::fail("refcount", {"page.refcount", sync::function_name(where)},
               object_name(head) + " gets a reference although it is free", where);
}

}  // namespace

void get_page_foll(page* p, sync::site where) {
  if (!PageTail(p, where)) return get_page(p, where);
  page* head = compound_head(p);
  reached(reach_counter::tail_pinned);
  if (splits_by_freeze()) return get_head(head, where);
  if (!counts_on_both()) atomic_inc(&head->refcount, where);
  pin_tail(head, p, where);
}

bool get_tail_page(page* p, sync::site where) {
  if (!PageTail(p, where)) return false;
  page* head = compound_head(p);
  if (splits_by_freeze()) {
    get_head(head, where);
    return true;
  }
  if (counts_on_both()) {
    pin_tail(head, p, where);
    return true;
  }
  if (!get_page_unless_zero(head, where)) return false;
  spin_lock(&head->compound_lock, where);
  const bool still = PageTail(p, where);
  if (still) pin_tail(head, p, where);
  spin_unlock(&head->compound_lock, where);
  if (!still) drop_reference(head, where);
  return still;
}

namespace {

// Whether `p` was a tail and its pin is gone.
bool put_tail_page(page* p, sync::site where) {
  page* head = compound_head(p);
  // The head may be gone: a split has made `p` a page of its own then.
  if (!get_page_unless_zero(head, where)) return false;
  spin_lock(&head->compound_lock, where);
  const bool still = PageTail(p, where);
  if (still) {
    atomic_dec(&p->mapcount, where);
    drop_reference(head, where);  // not the last: ours comes below
  }
  spin_unlock(&head->compound_lock, where);
  drop_reference(head, where);
  return still;
}

}  // namespace

void put_page_of_huge(page* p, sync::site where) {
  if (PageTail(p, where)) {
    if (splits_by_freeze()) return drop_reference(compound_head(p), where);
    if (counts_on_both()) {
      drop_reference(compound_head(p), where);
      if (atomic_dec_return(&p->refcount, where) < 0) fail_no_reference(p, where);
      return;
    }
    if (put_tail_page(p, where)) return;
  }
  drop_reference(p, where);
}

void free_huge_frames(page* p, sync::site where) {
  const unsigned pages = PageHead(p, where) ? HPAGE_PMD_NR : 1;
  for (unsigned i = 0; i < pages; ++i) {
    if (i > 0) oracle_page_freed(p + i, where);
    if (i > 0 && (p[i].mapcount.peek() >= 0 || p[i].refcount.peek() > 0))
      sync::fail("refcount", {"page.tail_pin", sync::function_name(where)},
                 object_name(p + i) + " is freed with its huge page and is pinned", where);
    WRITE_ONCE(p[i].flags, 0, where);
    p[i].isolated.set(0);
    free_frame(w().huge_frames, page_to_pfn(p + i) - kSmallFrames, where);
  }
}

namespace {

// The locks of split_huge_page_refcount are held. Returns how many pins have left the head.
int split_tail(page* head, page* tail, int ptes) {
  const int pins =
      counts_on_both() ? atomic_read(&tail->refcount) : atomic_read(&tail->mapcount) + 1;
  WRITE_ONCE(tail->index, READ_ONCE(head->index) + (page_to_pfn(tail) - page_to_pfn(head)));
  WRITE_ONCE(tail->mapping, page_mapping(head));
  tail->mapping_generation.set(head->mapping_generation.get());
  // One more, for the caller.
  atomic_add(ptes + 1 + (counts_on_both() ? 0 : pins), &tail->refcount);
  atomic_set(&tail->mapcount, ptes - 1);
  clear_bit(PG_tail, &tail->flags);
  lru_add_page_tail(head, tail);
  return pins;
}

}  // namespace

void split_huge_page_refcount(page* head) {
  spin_lock(&w().lru_lock);
  spin_lock(&head->compound_lock);
  const int ptes = atomic_read(&head->mapcount) + 1;
  int pins = 0;
  for (unsigned i = 1; i < HPAGE_PMD_NR; ++i) pins += split_tail(head, head + i, ptes);
  if (atomic_sub_return(pins, &head->refcount) < 1) fail_no_reference(head, sync::site::current());
  clear_bit(PG_head, &head->flags);
  spin_unlock(&head->compound_lock);
  spin_unlock(&w().lru_lock);
  for (unsigned i = 1; i < HPAGE_PMD_NR; ++i) put_page(head + i);
}

}  // namespace rw::mm
