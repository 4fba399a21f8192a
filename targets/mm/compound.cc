#include "targets/mm/compound.h"

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

void get_page_foll(page* p, sync::site where) {
  if (!PageTail(p, where)) return get_page(p, where);
  page* head = compound_head(p);
  if (!counts_on_both()) atomic_inc(&head->refcount, where);
  pin_tail(head, p, where);
  reached(reach_counter::tail_pinned);
}

bool get_tail_page(page* p, sync::site where) {
  if (!PageTail(p, where)) return false;
  page* head = compound_head(p);
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
