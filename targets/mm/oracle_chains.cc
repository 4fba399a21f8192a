// O10: what holds between vmas, chains and anon_vmas.
#include <fmt/format.h>

#include "targets/mm/anon_vma.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/oracle.h"
#include "targets/mm/vma.h"

namespace rw::mm {

namespace {

bool in_chain(const vm_area_struct* vma, const anon_vma* av) {
  const list_head* chains = &vma->anon_vma_chain;
  for (list_head* node = chains->next.peek(); node != chains; node = node->next.peek())
    if (RW_ENTRY(node, anon_vma_chain, same_vma)->anon_vma.peek() == av) return true;
  return false;
}

bool chain_within(const vm_area_struct* vma, const vm_area_struct* other) {
  const list_head* chains = &vma->anon_vma_chain;
  for (list_head* node = chains->next.peek(); node != chains; node = node->next.peek())
    if (!in_chain(other, RW_ENTRY(node, anon_vma_chain, same_vma)->anon_vma.peek())) return false;
  return true;
}

}  // namespace

void oracle_same_chains(const vm_area_struct* a, const vm_area_struct* b, sync::site where) {
  if (a->anon_vma.peek() != b->anon_vma.peek() || (chain_within(a, b) && chain_within(b, a)))
    return;
  sync::fail("invariant", {"vma.anon_vma_chain", sync::function_name(where)},
             fmt::format("{} and {} give their pages to {} and are not attached to the same "
                         "anon_vmas",
                         object_name(a), object_name(b), object_name(a->anon_vma.peek())),
             where);
}

void oracle_neighbours(const vm_area_struct* vma, sync::site where) {
  const mm_struct* mm = vma->vm_mm.peek();
  for (const vm_area_struct* other = mm->mmap.peek(); other != nullptr;
       other = other->vm_next.peek())
    if (other != vma) oracle_same_chains(vma, other, where);
}

void oracle_anon_vma_reused(const anon_vma* av, sync::site where) {
  const list_head* head = &av->head;
  for (list_head* node = head->next.peek(); node != head; node = node->next.peek()) {
    const vm_area_struct* vma = RW_ENTRY(node, anon_vma_chain, same_anon_vma)->vma.peek();
    if (vma->anon_vma.peek() == av)
      sync::fail("invariant", {"anon_vma.num_active_vmas", sync::function_name(where)},
                 fmt::format("a child takes {} for its own, and it is that of {} of {}",
                             object_name(av), object_name(vma), object_name(vma->vm_mm.peek())),
                 where);
  }
}

}  // namespace rw::mm
