#include "targets/mm/vma.h"

#include "targets/mm/anon_vma.h"
#include "targets/mm/anon_vma_lock.h"
#include "targets/mm/design.h"
#include "targets/mm/file.h"
#include "targets/mm/huge_split.h"
#include "targets/mm/i_mmap_lock.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/reach.h"
#include "targets/mm/vma_lock.h"

namespace rw::mm {

vm_area_struct* find_vma(mm_struct* mm, unsigned address) {
  for (vm_area_struct* vma = mm->mmap.get(); vma != nullptr; vma = vma->vm_next.get())
    if (address < vma->vm_end.get()) return address >= vma->vm_start.get() ? vma : nullptr;
  return nullptr;
}

vm_area_struct* find_vma_prev(mm_struct* mm, unsigned address) {
  vm_area_struct* prev = nullptr;
  for (vm_area_struct* vma = mm->mmap.get(); vma != nullptr && vma->vm_end.get() <= address;
       vma = vma->vm_next.get())
    prev = vma;
  return prev;
}

bool range_in_use(mm_struct* mm, unsigned start, unsigned end) {
  for (vm_area_struct* vma = mm->mmap.get(); vma != nullptr; vma = vma->vm_next.get())
    if (start < vma->vm_end.get() && vma->vm_start.get() < end) return true;
  return false;
}

vm_area_struct* alloc_vma(mm_struct* mm, unsigned start, unsigned end, unsigned pgoff,
                          std::uint32_t flags, file* f) {
  vm_area_struct* vma = vma_cache_alloc();
  if (vma == nullptr) return nullptr;
  vma->vm_mm.set(mm);
  vma->vm_start.set(start);
  vma->vm_end.set(end);
  vma->vm_pgoff.set(pgoff);
  vma->vm_flags.set(flags);
  vma->vm_file.set(f);
  vma->vm_shared.set(flags & VM_SHARED);
  vma->vm_next.set(nullptr);
  vma->vm_truncate_count.set(0);
  new (&vma->incomplete_stack) sync::atomic<std::uint32_t>(0U);
  new (&vma->anon_vma) sync::atomic<anon_vma*>(nullptr);
  INIT_LIST_HEAD(&vma->anon_vma_chain);
  new (&vma->anon_vma_chains) sync::atomic<std::uint32_t>(0U);
  vma_lock_init(vma);
  return vma;
}

void free_vma(vm_area_struct* vma) {
  vma_free_after_look_ups(vma);
}

namespace {

void link_into_mm(mm_struct* mm, vm_area_struct* vma) {
  sync::cell<vm_area_struct*>* link = &mm->mmap;
  while (link->get() != nullptr && link->get()->vm_start.get() < vma->vm_start.get())
    link = &link->get()->vm_next;
  vma->vm_next.set(link->get());
  link->set(vma);
  vma_start_change(vma);
  vma_mark_attached(vma);
  vma_table_store(vma, vma->vm_start.get(), vma->vm_end.get());
}

// The file's i_mmap_mutex is held.
void link_into_file(vm_area_struct* vma, vm_area_struct* after) {
  list_add_tail(&vma->i_mmap,
                after != nullptr ? after->i_mmap.next.get() : &vma->vm_file.get()->i_mmap);
}

}  // namespace

void link_vma(mm_struct* mm, vm_area_struct* vma, vm_area_struct* after) {
  link_into_mm(mm, vma);
  file* f = vma->vm_file.get();
  if (f == nullptr) return;
  i_mmap_lock_write(f);
  link_into_file(vma, after);
  i_mmap_unlock_write(f);
}

void unlink_vma(vm_area_struct* vma) {
  unlink_anon_vmas(vma);
  file* f = vma->vm_file.get();
  if (f == nullptr) return;
  i_mmap_lock_write(f);
  list_del(&vma->i_mmap);
  i_mmap_unlock_write(f);
}

rmap_locks take_rmap_locks(vm_area_struct* vma) {
  rmap_locks locks{vma->vm_file.get(), nullptr};
  if (locks.vm_file != nullptr) i_mmap_lock_write(locks.vm_file);
  anon_vma* av = smp_load_acquire(&vma->anon_vma);
  if (av == nullptr) return locks;
  if (anon_vma_locks_own()) {
    lock_own_anon_vmas(locks.own = vma);
    return locks;
  }
  locks.root = READ_ONCE(av->root);
  anon_vma_lock_write(locks.root);
  return locks;
}

void drop_rmap_locks(const rmap_locks& locks) {
  if (locks.own != nullptr) unlock_own_anon_vmas(locks.own);
  if (locks.root != nullptr) anon_vma_unlock_write(locks.root);
  if (locks.vm_file != nullptr) i_mmap_unlock_write(locks.vm_file);
}

rmap_locks lock_rmap(vm_area_struct* vma) {
  if (design().vma_adjust_lock == vma_adjust_lock::mmap_sem_only) return {nullptr, nullptr};
  if (design().vma_adjust_lock == vma_adjust_lock::own_anon_vma && anon_vma_locks_own())
    return take_one_own_lock(vma);
  return take_rmap_locks(vma);
}

vm_area_struct* split_vma(vm_area_struct* vma, unsigned address) {
  const unsigned start = vma->vm_start.get();
  vma_start_change(vma);
  vma_adjust_trans_huge(vma, address);
  vm_area_struct* above =
      alloc_vma(vma->vm_mm.get(), address, vma->vm_end.get(),
                vma->vm_pgoff.get() + (address - start), vma->vm_flags.get(), vma->vm_file.get());
  if (above == nullptr) return nullptr;
  if (!anon_vma_join(above, vma)) {
    free_vma(above);
    return nullptr;
  }
  vma_start_change(above);
  vma_mark_attached(above);
  // From here to the end rmap would find a page twice or not at all.
  const rmap_locks locks = lock_rmap(vma);
  vma->vm_end.set(address);
  above->vm_next.set(vma->vm_next.get());
  vma->vm_next.set(above);
  vma_table_store(above, address, above->vm_end.get());
  if (vma->vm_file.get() != nullptr) link_into_file(above, vma);
  drop_rmap_locks(locks);
  reached(reach_counter::vma_split);
  return above;
}

vm_area_struct* copy_vma(vm_area_struct** vma, unsigned address, bool* merged) {
  vm_area_struct* old = *vma;
  mm_struct* mm = old->vm_mm.get();
  const unsigned end = address + vma_pages(old);
  anon_vma* av = smp_load_acquire(&old->anon_vma);
  file* f = old->vm_file.get();
  // Nothing has been faulted in: the pages may be numbered anew.
  const unsigned pgoff = f == nullptr && av == nullptr ? address : old->vm_pgoff.get();
  const unsigned from = old->vm_start.get();
  vm_area_struct* to = vma_merge(mm, {address, end, pgoff, old->vm_flags.get(), av, f});
  *merged = to != nullptr;
  if (to != nullptr) {
    *vma = find_vma(mm, from);
    if (av == nullptr || smp_load_acquire(&to->anon_vma) != nullptr) return to;
    if (design().merge_unfaulted == merge_unfaulted::dropped) return to;
    return anon_vma_join(to, *vma) ? to : nullptr;
  }
  to = alloc_vma(mm, address, end, pgoff, old->vm_flags.get(), f);
  if (to == nullptr) return nullptr;
  if (!anon_vma_join(to, old)) {
    free_vma(to);
    return nullptr;
  }
  link_vma(mm, to, old);
  return to;
}

bool vma_address(const vm_area_struct* vma, std::uint32_t index, unsigned* address) {
  const unsigned pgoff = vma->vm_pgoff.get();
  if (index < pgoff) return false;
  *address = vma->vm_start.get() + (index - pgoff);
  return *address < vma->vm_end.get();
}

}  // namespace rw::mm
