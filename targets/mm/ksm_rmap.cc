// Stable nodes: walks through their rmap items, their end, and what gives areas copies of their
// own.
#include "targets/mm/anon_vma.h"
#include "targets/mm/anon_vma_lock.h"
#include "targets/mm/design.h"
#include "targets/mm/fault.h"
#include "targets/mm/hugetlb.h"
#include "targets/mm/ksm.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/reach.h"
#include "targets/mm/rmap.h"
#include "targets/mm/vma.h"
#include "targets/mm/world.h"
#include "targets/mm/zero_page.h"

namespace rw::mm {

namespace {

void drop_items(stable_node* node) {
  while (rmap_item* item = node->items.get()) {
    node->items.set(item->next.get());
    put_anon_vma(item->anon_vma.get());
    kmem_cache_free(w().rmap_item_cache, item);
  }
}

}  // namespace

void ksm_begin() {
  mutex_init(&w().ksm_thread_mutex, ksm_thread_class);
  w().stable_nodes.set(nullptr);
  w().stable_node_cache = kmem_cache_create<stable_node>();
  w().rmap_item_cache = kmem_cache_create<rmap_item>();
}

// The pages of these nodes are free, or others' by now: nobody can come to the node through them
// (kernel: get_ksm_page, remove_node_from_stable_tree).
void prune_stale_nodes() {
  sync::cell<stable_node*>* link = &w().stable_nodes;
  while (stable_node* node = link->get()) {
    if (page_mapping(node->kpage.get()) == node_mapping(node)) {
      link = &node->next;
      continue;
    }
    link->set(node->next.get());
    drop_items(node);
    kmem_cache_free(w().stable_node_cache, node);
    reached(reach_counter::ksm_pruned);
  }
}

void ksm_end() {
  prune_stale_nodes();
}

bool unmerge_ksm_pages(vm_area_struct* vma, unsigned start, unsigned end) {
  // KSM takes no page there (kernel: ksm_madvise), and mmap_sem alone does not keep a shared table.
  if (is_vm_hugetlb_page(vma)) return true;
  mm_struct* mm = vma->vm_mm.get();
  for (unsigned address = start; address < end;) {
    // Only a merge could make the page KSM's now, and that needs mmap_sem as well.
    const ptep_t ptep = pte_offset_map(mm, address);
    const pte_t pte = ptep.table != nullptr ? ptep_get(ptep) : 0;
    const page* p = pte_present(pte) ? vm_normal_page(pte) : nullptr;
    if (p == nullptr || !PageKsm(p)) {
      ++address;
      continue;
    }
    if (handle_mm_fault(mm, vma, address, true, true) != nullptr) return false;
    reached(reach_counter::ksm_unmerged);
  }
  return true;
}

bool rmap_walk_ksm(page* p, void (*f)(vm_area_struct*, unsigned, void*), void* arg) {
  lockdep_assert_held(&p->lock);
  const std::uint64_t mapping = page_mapping(p);
  const stable_node* node = mapping_is_ksm(mapping) ? mapping_node(mapping) : nullptr;
  if (node == nullptr) return false;
  for (const rmap_item* item = node->items.get(); item != nullptr; item = item->next.get()) {
    anon_vma* av = item->anon_vma.get();
    const unsigned address = item->address.get();
    anon_vma* root = anon_vma_to_lock(av);
    anon_vma_lock_read(root);
    for (list_head* at = av->head.next.get(); at != &av->head; at = at->next.get()) {
      vm_area_struct* vma = RW_ENTRY(at, anon_vma_chain, same_anon_vma)->vma.get();
      if (address >= vma->vm_start.get() && address < vma->vm_end.get()) f(vma, address, arg);
    }
    anon_vma_unlock_read(root);
  }
  return true;
}

bool reuse_ksm_page(page* p, vm_area_struct* vma, unsigned address) {
  lockdep_assert_held(&p->lock);
  if (design().ksm_write == ksm_write::copied || atomic_read(&p->mapcount) != 0) return false;
  // A merge that has found the page has a reference, and is about to map it elsewhere.
  const bool freeze = design().ksm_write == ksm_write::reused_frozen;
  if (freeze && !page_freeze_refs(p, 1)) return false;
  WRITE_ONCE(p->index, address - vma->vm_start.get() + vma->vm_pgoff.get());
  page_move_anon_rmap(p, vma);
  if (freeze) atomic_set(&p->refcount, 1);
  reached(reach_counter::cow_reused);
  return true;
}

bool ksm_finds(const page* p, const mm_struct* mm, unsigned address) {
  const stable_node* node = mapping_node(p->mapping.peek());
  if (node == nullptr) return true;
  for (const rmap_item* item = node->items.peek(); item != nullptr; item = item->next.peek()) {
    if (item->address.peek() != address) continue;
    list_head* head = &item->anon_vma.peek()->head;
    for (list_head* at = head->next.peek(); at != head; at = at->next.peek()) {
      const vm_area_struct* vma = RW_ENTRY(at, anon_vma_chain, same_anon_vma)->vma.peek();
      if (vma->vm_mm.peek() == mm && address >= vma->vm_start.peek() &&
          address < vma->vm_end.peek())
        return true;
    }
  }
  return false;
}

}  // namespace rw::mm
