#include "targets/mm/ksm.h"

#include <utility>

#include "targets/mm/anon_vma.h"
#include "targets/mm/anon_vma_external.h"
#include "targets/mm/design.h"
#include "targets/mm/fault.h"
#include "targets/mm/hugetlb.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/notify_in_ptl.h"
#include "targets/mm/outcome.h"
#include "targets/mm/reach.h"
#include "targets/mm/rmap.h"
#include "targets/mm/vma.h"
#include "targets/mm/world.h"
#include "targets/mm/zero_page.h"

namespace rw::mm {

namespace {

constexpr const char* kGone = "the page is not there any more";
constexpr const char* kDiffer = "the pages differ";

// The page lock is held.
void set_page_stable_node(page* p, const stable_node* node) {
  lockdep_assert_held(&p->lock);
  smp_store_release(&p->mapping, node_mapping(node));
}
bool pages_identical(const page* a, const page* b) {
  return READ_ONCE(a->content) == READ_ONCE(b->content);
}

// ---- stable nodes -------------------------------------------------------------------------------

// What a merge needs and may not have to wait for later.
struct nodes {
  stable_node* node;
  rmap_item* items[2];
};

void free_nodes(nodes n) {
  for (rmap_item* item : n.items)
    if (item != nullptr) kmem_cache_free(w().rmap_item_cache, item);
  if (n.node != nullptr) kmem_cache_free(w().stable_node_cache, n.node);
}

// False: no memory.
bool alloc_nodes(nodes* n) {
  *n = {kmem_cache_alloc<stable_node>(w().stable_node_cache),
        {kmem_cache_alloc<rmap_item>(w().rmap_item_cache),
         kmem_cache_alloc<rmap_item>(w().rmap_item_cache)}};
  if (n->node != nullptr && n->items[0] != nullptr && n->items[1] != nullptr) return true;
  free_nodes(*n);
  return false;
}

// The page lock is held.
void stable_tree_append(stable_node* node, rmap_item* item) {
  item->next.set(node->items.get());
  node->items.set(item);
}

// ---- one page -----------------------------------------------------------------------------------

// mmap_sem is held. Null: nothing is mapped there, or hugetlbfs, which KSM leaves alone (kernel:
// ksm_madvise): a shared table of it may go although mmap_sem is held.
const vm_area_struct* find_mergeable_vma(ksm_place place) {
  const vm_area_struct* vma = find_vma(place.mm, place.address);
  return vma != nullptr && !is_vm_hugetlb_page(vma) ? vma : nullptr;
}

// What is mapped at the place if it may be merged, with a reference; else null.
page* get_mergeable_page(ksm_place place) {
  down_read(&place.mm->mmap_sem);
  page* p = nullptr;
  const vm_area_struct* vma = find_mergeable_vma(place);
  const bool small = vma != nullptr && !pmd_trans_huge(pmd_get(place.mm, place.address));
  const ptep_t ptep = small ? pte_offset_map_lock(place.mm, place.address) : ptep_t{};
  if (ptep.table != nullptr) {
    const pte_t pte = ptep_get(ptep);
    if (pte_present(pte)) p = vm_normal_page(pte);
    if (p != nullptr && (PageHead(p) || PageTail(p))) p = nullptr;  // thp_split=freeze
    if (p != nullptr && !mapping_is_anon(page_mapping(p))) p = nullptr;
    if (p != nullptr) get_page(p);
    pte_unmap_unlock(ptep);
  }
  up_read(&place.mm->mmap_sem);
  return p;
}

// The pte maps the page and its table's lock is held. No CPU writes the page any more, unless
// somebody has pinned it.
bool write_protect_pte(ksm_place place, ptep_t ptep, const page* p, int most_ptes) {
  const pte_t pte = ptep_get(ptep);
  const bool protect = pte_write(pte) || pte_dirty(pte);
  // Cleared first: get_user_page_fast takes no lock, and could pin the page behind the count.
  const pte_t old = protect ? ptep_clear_flush(place.mm, place.address, ptep) : pte;
  const int ptes = atomic_read(&p->mapcount) + 1;
  const bool counts = design().ksm_protect != ksm_protect::pins_ignored &&
                      (protect || design().ksm_protect != ksm_protect::counted_if_writable);
  // Who looks up the page's anon_vma has a reference as well.
  const bool pinned = counts && atomic_read(&p->refcount) != ptes + 1;
  if (pinned) reached(reach_counter::ksm_pinned);
  const bool may = !pinned && ptes <= most_ptes;
  if (protect) set_pte_at(ptep, may ? pte_mkclean(pte_wrprotect(old)) : old);
  return may;
}

ptep_t lock_pte_of(ksm_place place, const page* p) {
  const ptep_t ptep = pte_offset_map_lock(place.mm, place.address);
  if (ptep.table == nullptr) return ptep;
  const pte_t pte = ptep_get(ptep);
  if (pte_present(pte) && pte_page(pte) == p) return ptep;
  pte_unmap_unlock(ptep);
  return {nullptr, nullptr};
}

// mmap_sem, a reference on the page and its lock are held. Whether the pte maps the page read-only.
bool write_protect_page(ksm_place place, const page* p, int most_ptes) {
  mmu_notifier_range range{place.mm, place.address, place.address + 1};
  mmu_notifier_invalidate_range_start(&range);
  const ptep_t ptep = lock_pte_of(place, p);
  const bool done = ptep.table != nullptr && write_protect_pte(place, ptep, p, most_ptes);
  if (done) notify_in_ptl(place.mm, place.address);
  if (ptep.table != nullptr) pte_unmap_unlock(ptep);
  mmu_notifier_invalidate_range_end(&range);
  return done;
}

// The same locks. The pte maps `kpage` in the place of `p`, if it still maps `p` read-only.
bool replace_page(ksm_place place, page* p, page* kpage) {
  mmu_notifier_range range{place.mm, place.address, place.address + 1};
  mmu_notifier_invalidate_range_start(&range);
  const ptep_t ptep = lock_pte_of(place, p);
  const bool done = ptep.table != nullptr && !pte_write(ptep_get(ptep));
  if (done) {
    get_page(kpage);
    page_add_anon_rmap(kpage);
    ptep_clear_flush(place.mm, place.address, ptep);
    if (design().cow_notify == cow_notify::change_pte_too)
      mmu_notifier_change_pte(place.mm, place.address);
    notify_in_ptl(place.mm, place.address);
    set_pte_at(ptep, mk_pte(kpage, false));
    page_remove_rmap(p);
    put_page(p);  // not the last: the caller has one
  }
  if (ptep.table != nullptr) pte_unmap_unlock(ptep);
  mmu_notifier_invalidate_range_end(&range);
  return done;
}

// The page's lock is held. `kpage` null: `p` becomes KSM's, without a node so far.
const char* merge_locked(ksm_place place, page* p, page* kpage) {
  if (PageKsm(p)) return kPageBusy;
  if (kpage == nullptr) {
    if (!write_protect_page(place, p, 1)) return kPageBusy;
    set_page_stable_node(p, nullptr);
    reached(reach_counter::ksm_stable);
    return nullptr;
  }
  if (!write_protect_page(place, p, static_cast<int>(kFrames))) return kPageBusy;
  if (design().ksm_protect != ksm_protect::compared_before && !pages_identical(p, kpage)) {
    reached(reach_counter::ksm_changed);
    return kDiffer;
  }
  return replace_page(place, p, kpage) ? nullptr : kGone;
}

// Merges what the place maps, if that is still `p`. `item` gets the address and a pin then.
const char* try_to_merge_one_page(ksm_place place, page* p, page* kpage, rmap_item* item) {
  down_read(&place.mm->mmap_sem);
  const vm_area_struct* vma = find_mergeable_vma(place);
  const char* why = kGone;
  if (vma != nullptr && trylock_page(p)) {
    why = merge_locked(place, p, kpage);
    unlock_page(p);
  }
  if (why == nullptr) {
    anon_vma* av = smp_load_acquire(&vma->anon_vma);
    atomic_inc(anon_vma_pins(av));  // the area's own is there: mmap_sem is held
    item->anon_vma.set(av);
    item->address.set(place.address);
  }
  up_read(&place.mm->mmap_sem);
  return why;
}

// The place has a page of KSM without a node: unless a child got it by fork, nothing else maps it,
// and nothing will.
void break_cow(ksm_place place, rmap_item* item) {
  put_anon_vma(item->anon_vma.get());
  down_read(&place.mm->mmap_sem);
  if (vm_area_struct* vma = find_vma(place.mm, place.address))
    unmerge_ksm_pages(vma, place.address, place.address + 1);
  up_read(&place.mm->mmap_sem);
}

// ---- two pages ----------------------------------------------------------------------------------

// `kpage` is KSM's. What is used of `n` is taken out of it.
const char* merge_with_stable(page* kpage, ksm_place place, page* p, nodes* n) {
  const char* why = try_to_merge_one_page(place, p, kpage, n->items[1]);
  if (why != nullptr) return why;
  lock_page(kpage);
  const std::uint64_t mapping = page_mapping(kpage);
  if (!mapping_is_ksm(mapping))
    sync::fail(
        "invariant", {"page.mapping", "ksm"},
        object_name(kpage) + " is an area's own again while a merge has mapped it elsewhere");
  stable_node* node = mapping_node(mapping);
  stable_tree_append(node, n->items[1]);
  n->items[1] = nullptr;
  unlock_page(kpage);
  reached(reach_counter::ksm_merged);
  return nullptr;
}

// Neither is KSM's; the first one becomes it.
const char* merge_two(ksm_place a, page* kpage, ksm_place b, page* p, nodes* n) {
  const char* why = try_to_merge_one_page(a, kpage, nullptr, n->items[0]);
  if (why != nullptr) return why;
  why = try_to_merge_one_page(b, p, kpage, n->items[1]);
  if (why != nullptr) {
    break_cow(a, n->items[0]);
    return why;
  }
  lock_page(kpage);
  n->node->kpage.set(kpage);
  n->node->items.set(nullptr);
  stable_tree_append(n->node, n->items[0]);
  stable_tree_append(n->node, n->items[1]);
  set_page_stable_node(kpage, n->node);
  n->node->next.set(w().stable_nodes.get());
  w().stable_nodes.set(n->node);
  *n = {};
  unlock_page(kpage);
  reached(reach_counter::ksm_merged);
  return nullptr;
}

// The caller has a reference on both.
const char* merge(ksm_place a, page* pa, ksm_place b, page* pb) {
  if (pa == pb) return "they are one page";
  if (PageKsm(pb)) {
    std::swap(a, b);
    std::swap(pa, pb);
  }
  if (PageKsm(pb)) return "both pages are KSM's";
  if (!pages_identical(pa, pb)) {
    reached(reach_counter::ksm_differ);
    return kDiffer;
  }
  nodes n;
  if (!alloc_nodes(&n)) return no_memory();
  const std::uint64_t mapping = page_mapping(pa);
  const char* why = "KSM has given that page up";
  if (!mapping_is_ksm(mapping))
    why = merge_two(a, pa, b, pb, &n);
  else if (mapping_node(mapping) != nullptr)
    why = merge_with_stable(pa, b, pb, &n);
  free_nodes(n);
  return why;
}

}  // namespace

const char* do_ksm_merge(ksm_place a, ksm_place b) {
  mutex_lock(&w().ksm_thread_mutex);
  prune_stale_nodes();
  page* pa = get_mergeable_page(a);
  page* pb = get_mergeable_page(b);
  const char* why = "no small anonymous page is mapped there";
  if (pa != nullptr && pb != nullptr) why = merge(a, pa, b, pb);
  if (pa != nullptr) put_page(pa);
  if (pb != nullptr) put_page(pb);
  mutex_unlock(&w().ksm_thread_mutex);
  return why;
}

}  // namespace rw::mm
