// KSM: pages of different places that hold the same become one.
//
// Models mm/ksm.c of 3.8 (31dbd01f3143, 2.6.32): write_protect_page, replace_page, stable nodes
// with their rmap items, rmap_walk_ksm, break_ksm. One of two equal pages becomes KSM's: it is
// write-protected, and its mapping names a stable node. The other one is write-protected too, its
// pins are counted, the two are compared again, and the pte then maps KSM's page. A write to it
// copies, however few ptes it has (axis ksm_write). Axis ksm_protect: what is left out of this.
// - A stable node has an rmap item for each place that KSM merged: its address, and a pin on its
//   area's anon_vma, under which children's areas are found too. The list is under the page lock.
// - The node holds no reference. When its page is freed it is stale, and a later merge drops it:
//   puts may sleep, the free of a page may not.
// - An rmap item's address is an address: mremap gives an area its own copies before it moves them.
// Changed: references are counted in any case; 2.6.32 on counts them only where the pte is writable
// or dirty (ksm_protect=counted_if_writable), which a lookup of the page's anon_vma may not
// survive. Simplified: a program names the two places, there is no scan and are no trees of pages;
// every anonymous page may be merged, as if MADV_MERGEABLE had been called; huge pages are left
// alone; a page becomes KSM's only when one pte maps it. A page whose merge failed half way has no
// node, and is left with a copy in its place if there is memory for it. KSM's pages do not migrate.
#pragma once

#include "targets/mm/page.h"

namespace rw::mm {

struct anon_vma;
struct mm_struct;
struct vm_area_struct;

struct rmap_item {
  sync::cell<mm::anon_vma*> anon_vma;  // pinned
  sync::cell<std::uint32_t> address;
  sync::cell<rmap_item*> next;
};

struct stable_node {
  sync::cell<page*> kpage;        // constant
  sync::cell<rmap_item*> items;   // under the page lock, while the page is the node's
  sync::cell<stable_node*> next;  // under ksm_thread_mutex
};

// What page->mapping is for a page of KSM; no node: its merge is under way, or has failed.
inline std::uint64_t node_mapping(const stable_node* node) {
  return reinterpret_cast<std::uint64_t>(node) | PAGE_MAPPING_ANON | PAGE_MAPPING_KSM;
}
inline stable_node* mapping_node(std::uint64_t mapping) {
  return reinterpret_cast<stable_node*>(mapping & ~(PAGE_MAPPING_ANON | PAGE_MAPPING_KSM));
}
inline bool PageKsm(const page* p, sync::site where = sync::site::current()) {
  return mapping_is_ksm(page_mapping(p, where));
}

void ksm_begin();
// No page is left: drops all nodes.
void ksm_end();

// Drops the nodes whose pages are gone. ksm_thread_mutex is held, or nothing runs.
void prune_stale_nodes();

struct ksm_place {
  mm_struct* mm;  // whose mm_users the caller holds
  unsigned address;
};
// Null, or why nothing was merged.
const char* do_ksm_merge(ksm_place a, ksm_place b);

// Gives [start, end) of the area copies of its own in the place of KSM's pages. mmap_sem is held.
// False: no memory.
bool unmerge_ksm_pages(vm_area_struct* vma, unsigned start, unsigned end);
// Calls f(vma, address, arg) wherever the page, which is KSM's, may be mapped. The page lock is
// held. False: it has no stable node.
bool rmap_walk_ksm(page* p, void (*f)(vm_area_struct*, unsigned, void*), void* arg);
// A write fault at a page of KSM that one pte maps: whether it is an ordinary page of `vma` now.
// The page lock and the table's lock are held.
bool reuse_ksm_page(page* p, vm_area_struct* vma, unsigned address);

// For oracles, no step: whether a walk would come to this pte. True if there is nothing to walk.
bool ksm_finds(const page* p, const mm_struct* mm, unsigned address);

}  // namespace rw::mm

RW_TYPE_NAMED(rw::mm::rmap_item, "rmap_item", anon_vma, address, next)
RW_TYPE_NAMED(rw::mm::stable_node, "stable_node", kpage, items, next)
