#include "targets/mm/vma.h"

#include "targets/mm/anon_vma.h"
#include "targets/mm/data_oracle.h"
#include "targets/mm/file.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/reach.h"
#include "targets/mm/world.h"
#include "targets/mm/zap.h"

namespace rw::mm {

vm_area_struct* find_vma(mm_struct* mm, unsigned address) {
  for (vm_area_struct* vma = mm->mmap.get(); vma != nullptr; vma = vma->vm_next.get())
    if (address < vma->vm_end.get()) return address >= vma->vm_start.get() ? vma : nullptr;
  return nullptr;
}

vm_area_struct* alloc_vma(mm_struct* mm, unsigned start, unsigned end, unsigned pgoff, file* f) {
  auto* vma = kmem_cache_alloc<vm_area_struct>(w().vma_cache);
  if (vma == nullptr) return nullptr;
  vma->vm_mm.set(mm);
  vma->vm_start.set(start);
  vma->vm_end.set(end);
  vma->vm_pgoff.set(pgoff);
  vma->vm_file.set(f);
  vma->vm_next.set(nullptr);
  new (&vma->anon_vma) sync::atomic<anon_vma*>(nullptr);
  INIT_LIST_HEAD(&vma->anon_vma_chain);
  new (&vma->anon_vma_chains) sync::atomic<std::uint32_t>(0U);
  return vma;
}

void free_vma(vm_area_struct* vma) {
  kmem_cache_free(w().vma_cache, vma);
}

void link_vma(mm_struct* mm, vm_area_struct* vma, vm_area_struct* after) {
  sync::cell<vm_area_struct*>* link = &mm->mmap;
  while (link->get() != nullptr && link->get()->vm_start.get() < vma->vm_start.get())
    link = &link->get()->vm_next;
  vma->vm_next.set(link->get());
  link->set(vma);

  file* f = vma->vm_file.get();
  if (f == nullptr) return;
  mutex_lock(&f->i_mmap_mutex);
  list_add_tail(&vma->i_mmap, after != nullptr ? after->i_mmap.next.get() : &f->i_mmap);
  mutex_unlock(&f->i_mmap_mutex);
}

void unlink_vma(vm_area_struct* vma) {
  unlink_anon_vmas(vma);
  file* f = vma->vm_file.get();
  if (f == nullptr) return;
  mutex_lock(&f->i_mmap_mutex);
  list_del(&vma->i_mmap);
  mutex_unlock(&f->i_mmap_mutex);
}

const char* do_mmap(mm_struct* mm, unsigned start, unsigned pages, file* f) {
  const unsigned end = start + pages;
  down_write(&mm->mmap_sem);
  const char* why = nullptr;
  for (vm_area_struct* vma = mm->mmap.get(); vma != nullptr; vma = vma->vm_next.get())
    if (start < vma->vm_end.get() && vma->vm_start.get() < end) why = "the range is in use";
  if (why == nullptr) {
    vm_area_struct* vma = alloc_vma(mm, start, end, f != nullptr ? 0 : start, f);
    if (vma != nullptr) {
      data_mapped(mm, start, end, f);
      link_vma(mm, vma, nullptr);
    } else {
      why = "no memory";
      reached(reach_counter::allocation_failed);
    }
  }
  up_write(&mm->mmap_sem);
  return why;
}

const char* do_munmap(mm_struct* mm, unsigned address) {
  down_write(&mm->mmap_sem);
  vm_area_struct* vma = find_vma(mm, address);
  if (vma == nullptr) {
    up_write(&mm->mmap_sem);
    return "nothing is mapped there";
  }
  // The hole it leaves: what lies between its neighbours.
  unsigned floor = 0;
  sync::cell<vm_area_struct*>* link = &mm->mmap;
  for (; link->get() != vma; link = &link->get()->vm_next) floor = link->get()->vm_end.get();
  vm_area_struct* next = vma->vm_next.get();
  const unsigned ceiling = next != nullptr ? next->vm_start.get() : kPages;
  link->set(next);
  vma->vm_next.set(nullptr);

  mmu_gather tlb;
  tlb_gather_mmu(&tlb, mm, vma->vm_start.get(), vma->vm_end.get());
  unmap_vmas(&tlb, vma);
  free_pgtables(&tlb, vma, floor, ceiling);
  tlb_finish_mmu(&tlb);
  free_vma(vma);
  up_write(&mm->mmap_sem);
  return nullptr;
}

bool vma_address(const vm_area_struct* vma, std::uint32_t index, unsigned* address) {
  const unsigned pgoff = vma->vm_pgoff.get();
  if (index < pgoff) return false;
  *address = vma->vm_start.get() + (index - pgoff);
  return *address < vma->vm_end.get();
}

}  // namespace rw::mm
