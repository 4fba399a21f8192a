#include "targets/mm/reclaim.h"

#include "targets/mm/file.h"
#include "targets/mm/huge_split.h"
#include "targets/mm/i_mmap_lock.h"
#include "targets/mm/page.h"
#include "targets/mm/reach.h"
#include "targets/mm/rmap.h"
#include "targets/mm/swap.h"
#include "targets/mm/world.h"

namespace rw::mm {

namespace {

constexpr const char* kNoPage = "there is no such page on the LRU list";

// The page is locked. Its ptes, if any, become swap entries.
const char* swap_out(page* p) {
  if (PageHead(p) && !split_huge_page(p)) return "the huge page is not mapped, or in use";
  if (!page_mapped(p)) return "the page is not mapped";
  const int slot = get_swap_page();
  if (slot < 0) return "swap is full";
  swap_slot* s = swap_slot_at(static_cast<unsigned>(slot));
  mutex_lock(&s->lock);
  try_to_unmap(p, static_cast<unsigned>(slot));
  const bool unmapped = !page_mapped(p);
  WRITE_ONCE(s->data, READ_ONCE(p->content));
  mutex_unlock(&s->lock);
  swap_free(static_cast<unsigned>(slot));  // the count of the filling
  reached(unmapped ? reach_counter::swapped_out : reach_counter::swap_out_missed);
  return unmapped ? nullptr : "the page is still mapped";
}

// The page is locked.
const char* drop_file_page(page* p) {
  if (page_mapping(p) == 0) return "the page is in no file any more";
  if (page_mapped(p)) try_to_unmap(p, 0);
  if (!page_mapped(p)) file_write_page(p);
  if (!page_mapped(p) && file_remove_page(p)) {
    reached(reach_counter::reclaim_freed_file);
    return nullptr;
  }
  reached(reach_counter::reclaim_kept);
  return nullptr;
}

}  // namespace

const char* do_reclaim(unsigned n) {
  page* p = lru_get(n);
  if (p == nullptr) return kNoPage;
  const char* why = "the page is locked";
  if (trylock_page(p)) {
    why = mapping_is_anon(page_mapping(p)) ? swap_out(p) : drop_file_page(p);
    unlock_page(p);
  }
  put_page(p);
  return why;
}

const char* do_huge_pmd_share(unsigned n) {
  file* shared = w().files[kHugetlbFile];
  i_mmap_lock_write(shared);
  // A spinlock is held for the look only: the kernel of its time allocated behind it.
  if (i_mmap_lock_spins()) i_mmap_unlock_write(shared);
  const char* why = kNoPage;
  if (page* p = lru_get(n)) {
    const std::uint64_t mapping = page_mapping(p);
    const bool other = mapping != 0 && !mapping_is_anon(mapping) &&
                       mapping != reinterpret_cast<std::uint64_t>(shared);
    why = "the page is not another file's, or locked";
    if (other && trylock_page(p)) {
      why = drop_file_page(p);
      reached(reach_counter::reclaim_under_hugetlb);
      unlock_page(p);
    }
    put_page(p);
  }
  if (!i_mmap_lock_spins()) i_mmap_unlock_write(shared);
  return why;
}

const char* do_page_referenced() {
  for (unsigned n = 0; n < kAgeBatch; ++n) {
    page* p = lru_get(n);
    if (p == nullptr) return n == 0 ? kNoPage : nullptr;
    page_referenced(p);
    put_page(p);
  }
  return nullptr;
}

}  // namespace rw::mm
