// struct page: one page frame, its reference and map counts, its lock, its place on the LRU list,
// and its contents.
//
// Models struct page, alloc_page, get_page, put_page and the LRU of 3.8. A frame's struct page
// lives for ever; the frame is free or not.
// - refcount: one per pte, one for the page cache, one per temporary user; 0: free.
// - mapcount: ptes that map it, minus one.
// - compound: a huge page is HPAGE_PMD_NR frames. The head counts its huge pmds in mapcount and the
//   pins of all in refcount; a tail counts in mapcount who has pinned just it, so that a split
//   knows whose they are (70b50f94f164). compound.cc. With thp_split=freeze (4.5) huge pmds count
//   in compound_mapcount of the head, ptes in mapcount of each part, and pins on the head alone.
// - mapping: the file, the anon_vma with PAGE_MAPPING_ANON set, or a stable node with that and
//   PAGE_MAPPING_KSM set (ksm.h). Read without a lock; not cleared when the last pte goes, only
//   when the page is freed, so that it proves nothing by itself.
// Simplified: huge pages are made of frames of their own, so that no other page pays a step for the
// question whether it belongs to one; an LRU list instead of two with per-CPU batches; reclaim
// takes a reference without isolating the page. Changed: contents are one 64-bit token; mapping is
// published with release order.
#pragma once

#include "targets/mm/locks.h"

namespace rw::mm {

struct anon_vma;
struct file;

inline constexpr unsigned kSmallFrames = 32;
inline constexpr unsigned kHugeFrames = 8;  // behind the others
inline constexpr unsigned kFrames = kSmallFrames + kHugeFrames;
inline constexpr unsigned HPAGE_PMD_NR = 2;  // kernel: 512
// With those that are never allocated or freed (zero_page.h).
inline constexpr unsigned kAllFrames = kFrames + 1 + HPAGE_PMD_NR;
inline constexpr std::uint64_t PAGE_MAPPING_ANON = 1;
inline constexpr std::uint64_t PAGE_MAPPING_KSM = 2;
inline constexpr unsigned PG_dirty = 0;  // bits of flags
inline constexpr unsigned PG_head = 1;   // under compound_lock, as the next
inline constexpr unsigned PG_tail = 2;
inline constexpr unsigned PG_maplock = 3;  // page_map_lock.h

struct page {
  atomic_t refcount;
  atomic_t mapcount;
  atomic_t compound_mapcount;  // of a head, with thp_split=freeze (kernel: in the first tail)
  sync::atomic<std::uint64_t> mapping;
  sync::atomic<std::uint32_t> index;  // page number within file or address space
  sync::atomic<std::uint32_t> flags;  // PG_*
  mutex lock;                         // PG_locked
  sync::cell<page*> lru_next;         // under world.lru_lock, as the next two; towards older pages
  sync::cell<page*> lru_prev;
  sync::cell<std::uint32_t> on_lru;
  spinlock_t compound_lock;  // of a head: who belongs to it, against a split
  sync::coherent<std::uint64_t> content;
  sync::ghost<std::uint32_t> mapping_generation;  // of the anon_vma, when mapping was set
  sync::ghost<std::uint32_t> isolated;            // collapse copies it: nobody may pin it any more
};

// mem_map: makes all frames free. Call from Target::begin.
void pages_begin(kernel::slab_reuse reuse);

page* pfn_to_page(unsigned pfn);
unsigned page_to_pfn(const page* p);

// A frame's struct page, of a page with no reference; its first allocation calls it.
void init_page(page* p, sync::site where = sync::site::current());

// A zeroed page with one reference; null if there is none. May sleep.
page* alloc_page(sync::site where = sync::site::current());

// Zeroed, with one reference on its head, which is returned; null if there is none. May sleep.
page* alloc_huge_page(sync::site where = sync::site::current());

void get_page(page* p, sync::site where = sync::site::current());
// False: the page is free.
bool get_page_unless_zero(page* p, sync::site where = sync::site::current());
// Frees the page with its last reference.
void put_page(page* p, sync::site where = sync::site::current());
// Frees a page whose refcount is 0 already (page_freeze_refs).
void free_page(page* p, sync::site where = sync::site::current());
// Takes the refcount from `count` to 0 if it is `count`.
bool page_freeze_refs(page* p, int count, sync::site where = sync::site::current());

// Whether the page was ever part of a huge page, in its life since it was allocated: no step.
inline bool page_of_huge_frames(const page* p) {
  const unsigned pfn = page_to_pfn(p);
  return pfn >= kSmallFrames && pfn < kFrames;
}
inline bool PageHead(const page* p, sync::site where = sync::site::current()) {
  return page_of_huge_frames(p) && (READ_ONCE(p->flags, where) >> PG_head & 1U) != 0;
}
inline bool PageTail(const page* p, sync::site where = sync::site::current()) {
  return page_of_huge_frames(p) && (READ_ONCE(p->flags, where) >> PG_tail & 1U) != 0;
}
// The head of the huge page that `p` is or was part of.
inline page* compound_head(const page* p) {
  return pfn_to_page(page_to_pfn(p) / HPAGE_PMD_NR * HPAGE_PMD_NR);
}
static_assert(kSmallFrames % HPAGE_PMD_NR == 0);
// A reference on a page that a huge pmd maps, whose page_table_lock the caller holds or whose
// splitting_flush would wait for it: the huge page does not split meanwhile.
void get_page_foll(page* p, sync::site where = sync::site::current());

inline void lock_page(page* p, sync::site where = sync::site::current()) {
  mutex_lock(&p->lock, where);
}
// A further page lock, of a page that nobody else has a way to.
inline void lock_page_nested(page* p, unsigned subclass, sync::site where = sync::site::current()) {
  mutex_lock_nested(&p->lock, subclass, where);
}
inline bool trylock_page(page* p, sync::site where = sync::site::current()) {
  return mutex_trylock(&p->lock, where);
}
inline void unlock_page(page* p, sync::site where = sync::site::current()) {
  mutex_unlock(&p->lock, where);
}

// page_mapped for a page that is or was part of a huge page (compound.cc).
bool page_mapped_of_huge(const page* p, sync::site where);
inline bool page_mapped(const page* p, sync::site where = sync::site::current()) {
  if (page_of_huge_frames(p)) return page_mapped_of_huge(p, where);
  return atomic_read(&p->mapcount, where) >= 0;
}
// The word others look at without a lock; null: none.
inline std::uint64_t page_mapping(const page* p, sync::site where = sync::site::current()) {
  return smp_load_acquire(&p->mapping, where);
}
inline bool mapping_is_anon(std::uint64_t mapping) {
  return (mapping & PAGE_MAPPING_ANON) != 0;
}
// The page is anonymous, and KSM's.
inline bool mapping_is_ksm(std::uint64_t mapping) {
  return (mapping & PAGE_MAPPING_KSM) != 0;
}
// Not of KSM's.
inline anon_vma* mapping_anon_vma(std::uint64_t mapping) {
  return reinterpret_cast<anon_vma*>(mapping & ~PAGE_MAPPING_ANON);
}

// A file page's contents differ from the disk's. Does nothing for other pages.
void set_page_dirty(page* p, sync::site where = sync::site::current());
bool test_clear_page_dirty(page* p, sync::site where = sync::site::current());
inline bool page_dirty(const page* p, sync::site where = sync::site::current()) {
  return (READ_ONCE(p->flags, where) >> PG_dirty & 1U) != 0;
}

// Why nothing came of an op that needs a page for itself.
inline constexpr const char* kPageBusy = "somebody else uses the page";

// On the LRU list, as its newest page.
void lru_cache_add(page* p, sync::site where = sync::site::current());
// `tail` comes next to `head`, if that is on the list. lru_lock is held.
void lru_add_page_tail(page* head, page* tail);
// The n-th page of the list, the newest being 0, with a reference; null: there is none, or it is
// being freed.
page* lru_get(unsigned n, sync::site where = sync::site::current());

// For reports: "0", "head|dirty".
std::string page_flags_in_words(std::uint64_t flags);

// ---- for oracles --------------------------------------------------------------------------------

unsigned pages_free();
bool page_is_free(const page* p);
// page_mapped without a step.
bool page_mapped_peek(const page* p);

}  // namespace rw::mm

template <>
inline constexpr rw::sync::value_words rw::sync::words_of<&rw::mm::page::flags> =
    rw::mm::page_flags_in_words;
RW_TYPE_NAMED(rw::mm::page, "page", refcount, mapcount, compound_mapcount, mapping, index, flags,
              lock, lru_next, lru_prev, on_lru, compound_lock, content, mapping_generation,
              isolated)
