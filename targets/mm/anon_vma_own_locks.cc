// Own locks: those of all anon_vmas of one vma at once.
#include "targets/mm/anon_vma_lock.h"
#include "targets/mm/file.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/vma.h"

namespace rw::mm {

namespace {

anon_vma* anon_vma_of(list_head* node) {
  return RW_ENTRY(node, anon_vma_chain, same_vma)->anon_vma.get();
}

// The one with the lowest address above `last`; null if there is none.
anon_vma* next_above(vm_area_struct* vma, anon_vma* last) {
  anon_vma* next = nullptr;
  list_head* chains = &vma->anon_vma_chain;
  for (list_head* node = chains->next.get(); node != chains; node = node->next.get()) {
    anon_vma* av = anon_vma_of(node);
    if (av > last && (next == nullptr || av < next)) next = av;
  }
  return next;
}

}  // namespace

void lock_own_anon_vmas(vm_area_struct* vma) {
  const void* nest_lock = &vma->vm_mm.get()->mmap_sem;
  if (design().register_lock == register_lock::sorted ||
      design().register_lock == register_lock::sorted_array) {
    for (anon_vma* av = nullptr; (av = next_above(vma, av)) != nullptr;)
      anon_vma_lock_write_nest(av, nest_lock);
    return;
  }
  // The oldest first, and so the root.
  list_head* chains = &vma->anon_vma_chain;
  for (list_head* node = chains->prev.get(); node != chains; node = node->prev.get())
    anon_vma_lock_write_nest(anon_vma_of(node), nest_lock);
}

void unlock_own_anon_vmas(vm_area_struct* vma) {
  list_head* chains = &vma->anon_vma_chain;
  for (list_head* node = chains->next.get(); node != chains; node = node->next.get())
    anon_vma_unlock_write(anon_vma_of(node));
}

rmap_locks take_one_own_lock(vm_area_struct* vma) {
  rmap_locks locks{vma->vm_file.get(), smp_load_acquire(&vma->anon_vma)};
  if (locks.vm_file != nullptr) mutex_lock(&locks.vm_file->i_mmap_mutex);
  if (locks.root != nullptr) anon_vma_lock_write(locks.root);
  return locks;
}

}  // namespace rw::mm
