#include "targets/mm/vma_count.h"

#include "targets/mm/design.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/reach.h"
#include "targets/mm/vma_lock.h"

namespace rw::mm {

// refcount_v1: an area counts as one that is in it, until somebody changes it. refcount: a writer
// takes away more than there are faults; below zero is for nobody.
int counted_idle() {
  return design().fault_path == fault_path::refcount_v1 ? 1 : 0;
}

namespace {

int counted_locked() {
  return design().fault_path == fault_path::refcount_v1 ? 0 : -(1 << 16);
}

}  // namespace

void vma_put(vm_area_struct* vma) {
  // The first version tests for the area's own one, which the waiter has taken away.
  const bool v1 = design().fault_path == fault_path::refcount_v1;
  const int awaited = v1 ? counted_idle() : counted_locked();
  if (atomic_dec_return(&vma->refcnt) != awaited) return;
  if (!waitqueue_active(&vma->wait_queue)) return;
  reached(reach_counter::vma_writer_woken);
  wake_up(&vma->wait_queue);
}

bool try_refcount(vm_area_struct* vma) {
  if (design().fault_path == fault_path::refcount_v1) return atomic_inc_not_zero(&vma->refcnt);
  if (atomic_inc_return(&vma->refcnt) > 0) return true;
  vma_put(vma);
  return false;
}

void lock_refcount(vm_area_struct* vma) {
  if (atomic_add_return(counted_locked() - counted_idle(), &vma->refcnt) == counted_locked())
    return;
  reached(reach_counter::vma_writer_waited);
  const sync::site where = sync::site::current();
  wait_event(&vma->wait_queue,
             [&] { return smp_load_acquire(&vma->refcnt, where) == counted_locked(); });
}

void unlock_refcounts(mm_struct* mm) {
  for (vm_area_struct* vma = mm->mmap.get(); vma != nullptr; vma = vma->vm_next.get())
    if (is_write_locked(vma)) atomic_add_return(counted_idle() - counted_locked(), &vma->refcnt);
}

}  // namespace rw::mm
