#include "targets/mm/page.h"

#include "targets/mm/compound.h"
#include "targets/mm/oracle.h"
#include "targets/mm/world.h"

namespace rw::mm {

// An execution pays for what it touches.
void init_page(page* p, sync::site where) {
  hooks::object_born(p, sizeof(page), sync::type_of<page>(), where);
  new (p) page;
  new (&p->refcount) atomic_t(0);
  new (&p->mapcount) atomic_t(-1);
  new (&p->compound_mapcount) atomic_t(-1);
  new (&p->mapping) sync::atomic<std::uint64_t>(0);
  new (&p->index) sync::atomic<std::uint32_t>(0U);
  new (&p->flags) sync::atomic<std::uint32_t>(0U);
  new (&p->content) sync::coherent<std::uint64_t>(0);
  mutex_init(&p->lock, page_lock_class, where);
  spin_lock_init(&p->compound_lock, compound_lock_class, where);
  p->on_lru.set(0, where);
  p->isolated.set(0);
}

namespace {

// The caller holds lru_lock.
void lru_del(page* p) {
  page* newer = p->lru_prev.get();
  page* older = p->lru_next.get();
  if (newer != nullptr)
    newer->lru_next.set(older);
  else
    w().lru_newest.set(older);
  if (older != nullptr) older->lru_prev.set(newer);
  p->on_lru.set(0);
}

}  // namespace

void pages_begin(kernel::slab_reuse reuse) {
  w().mem_map = static_cast<page*>(sync::reserve(kAllFrames * sizeof(page), alignof(page)));
  w().frames = frames_create(kSmallFrames, reuse, w().mem_map, sizeof(page));
  w().huge_frames = frames_create(kHugeFrames, reuse, w().mem_map + kSmallFrames, sizeof(page));
}

page* pfn_to_page(unsigned pfn) {
  return &w().mem_map[pfn];
}
unsigned page_to_pfn(const page* p) {
  return static_cast<unsigned>(p - w().mem_map);
}

page* alloc_page(sync::site where) {
  might_sleep(where);
  const int pfn = alloc_frame(w().frames, GFP_KERNEL, where);
  if (pfn < 0) return nullptr;
  page* p = pfn_to_page(static_cast<unsigned>(pfn));
  if (frame_generation(w().frames, static_cast<unsigned>(pfn)) == 1) init_page(p, where);
  sync::operation scope("alloc_page", p, where);
  WRITE_ONCE(p->content, 0, where);
  atomic_set(&p->refcount, 1, where);
  return p;
}

page* alloc_huge_page(sync::site where) {
  might_sleep(where);
  const int first = alloc_frames(w().huge_frames, HPAGE_PMD_NR, GFP_KERNEL, where);
  if (first < 0) return nullptr;
  page* head = pfn_to_page(kSmallFrames + static_cast<unsigned>(first));
  for (unsigned i = 0; i < HPAGE_PMD_NR; ++i)
    if (frame_generation(w().huge_frames, static_cast<unsigned>(first) + i) == 1)
      init_page(head + i, where);
  sync::operation scope("alloc_huge_page", head, where);
  for (unsigned i = 0; i < HPAGE_PMD_NR; ++i) {
    WRITE_ONCE(head[i].content, 0, where);
    WRITE_ONCE(head[i].flags, 1U << (i == 0 ? PG_head : PG_tail), where);
  }
  atomic_set(&head->refcount, 1, where);
  return head;
}

void get_page(page* p, sync::site where) {
  if (page_of_huge_frames(p) && get_tail_page(p, where)) return;
  const int before = atomic_add_return(1, &p->refcount, where) - 1;
  if (before <= 0)
    sync::fail("refcount", {"page.refcount", sync::function_name(where)},
               object_name(p) + " gets a reference although it is free", where);
}

bool get_page_unless_zero(page* p, sync::site where) {
  return atomic_inc_not_zero(&p->refcount, where);
}

bool page_freeze_refs(page* p, int count, sync::site where) {
  return atomic_cmpxchg(&p->refcount, count, 0, where) == count;
}

void put_page(page* p, sync::site where) {
  if (page_of_huge_frames(p)) return put_page_of_huge(p, where);
  const int left = atomic_dec_return(&p->refcount, where);
  if (left < 0)
    sync::fail("refcount", {"page.refcount", sync::function_name(where)},
               object_name(p) + " loses a reference that nobody holds", where);
  if (left == 0) free_page(p, where);
}

void free_page(page* p, sync::site where) {
  spin_lock(&w().lru_lock, where);
  if (p->on_lru.get() != 0) lru_del(p);
  spin_unlock(&w().lru_lock, where);
  RW_NOTE("free {}", object_name(p));
  oracle_page_freed(p, where);
  // Release: the atomic that dropped the last reference is a full barrier in the kernel, and KSM
  // takes a page without this mapping for one that nobody walks from any more.
  smp_store_release(&p->mapping, 0, where);
  if (page_of_huge_frames(p)) return free_huge_frames(p, where);
  WRITE_ONCE(p->flags, 0, where);
  free_frame(w().frames, page_to_pfn(p), where);
}

void set_page_dirty(page* p, sync::site where) {
  const std::uint64_t mapping = page_mapping(p, where);
  if (mapping != 0 && !mapping_is_anon(mapping)) set_bit(PG_dirty, &p->flags, where);
}

bool test_clear_page_dirty(page* p, sync::site where) {
  return test_and_clear_bit(PG_dirty, &p->flags, where);
}

void lru_add_page_tail(page* head, page* tail) {
  lockdep_assert_held(&w().lru_lock);
  if (head->on_lru.get() == 0) return;
  page* older = head->lru_next.get();
  tail->lru_prev.set(head);
  tail->lru_next.set(older);
  tail->on_lru.set(1);
  if (older != nullptr) older->lru_prev.set(tail);
  head->lru_next.set(tail);
}

void lru_cache_add(page* p, sync::site where) {
  spin_lock(&w().lru_lock, where);
  page* older = w().lru_newest.get();
  p->lru_prev.set(nullptr);
  p->lru_next.set(older);
  p->on_lru.set(1);
  if (older != nullptr) older->lru_prev.set(p);
  w().lru_newest.set(p);
  spin_unlock(&w().lru_lock, where);
}

page* lru_get(unsigned n, sync::site where) {
  spin_lock(&w().lru_lock, where);
  page* p = w().lru_newest.get();
  for (unsigned i = 0; i < n && p != nullptr; ++i) p = p->lru_next.get();
  if (p != nullptr && !get_page_unless_zero(p, where)) p = nullptr;
  spin_unlock(&w().lru_lock, where);
  return p;
}

unsigned pages_free() {
  return frames_free(w().frames) + frames_free(w().huge_frames);
}
bool page_is_free(const page* p) {
  const unsigned pfn = page_to_pfn(p);
  return pfn < kSmallFrames ? frame_is_free(w().frames, pfn)
                            : frame_is_free(w().huge_frames, pfn - kSmallFrames);
}

}  // namespace rw::mm
