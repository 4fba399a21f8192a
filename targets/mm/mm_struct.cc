#include "targets/mm/mm_struct.h"

#include "targets/mm/mmu_notifier.h"
#include "targets/mm/oracle.h"
#include "targets/mm/vma.h"
#include "targets/mm/vma_lock.h"
#include "targets/mm/world.h"
#include "targets/mm/zap.h"

namespace rw::mm {

namespace {

// Returns the value after; fails below zero.
int drop(atomic_t* count, const char* field, sync::site where) {
  const int left = atomic_dec_return(count, where);
  if (left < 0)
    sync::fail("refcount", {field, sync::function_name(where)},
               sync::name_of(count) + " drops below zero", where);
  return left;
}

// Nobody uses the address space any more: no mmap_sem, for nobody is left to take it. rmap walkers
// may still come, through the locks that unlink_vma takes.
void exit_mmap(mm_struct* mm) {
  mmu_notifier_release(mm);
  mmu_gather tlb;
  tlb_gather_mmu_fullmm(&tlb, mm);
  unmap_vmas(&tlb, mm->mmap.get());
  free_pgtables(&tlb, mm->mmap.get(), 0, kPages);
  tlb_finish_mmu(&tlb);
  while (vm_area_struct* vma = mm->mmap.get()) {
    mm->mmap.set(vma->vm_next.get());
    vma_detach_at_exit(vma);
    free_vma(vma);
  }
}

}  // namespace

mm_struct* mm_alloc(sync::site where) {
  auto* mm = kmem_cache_alloc<mm_struct>(w().mm_cache, GFP_KERNEL, nullptr, where);
  if (mm == nullptr) return nullptr;
  init_rwsem(&mm->mmap_sem, mmap_sem_class, where);
  spin_lock_init(&mm->page_table_lock, page_table_class, where);
  new (&mm->mm_users) atomic_t(1);
  new (&mm->mm_count) atomic_t(1);
  new (&mm->cpumask) sync::atomic<std::uint32_t>(0U);
  new (&mm->notifiers) sync::atomic<mmu_notifier_mm*>(nullptr);
  new (&mm->tlb_flush_pending) atomic_t(0);
  new (&mm->numa_flush_pending) atomic_t(0);
  if (!vma_table_init(mm)) {
    kmem_cache_free(w().mm_cache, mm, where);
    return nullptr;
  }
  page_table_init(&mm->pgd);
  mm->mmap.set(nullptr, where);
  oracle_mm_born(mm);
  return mm;
}

bool mmget_not_zero(mm_struct* mm, sync::site where) {
  return atomic_inc_not_zero(&mm->mm_users, where);
}

void mmput(mm_struct* mm, sync::site where) {
  might_sleep(where);
  if (drop(&mm->mm_users, "mm_struct.mm_users", where) > 0) return;
  RW_NOTE("exit_mmap {}", object_name(mm));
  exit_mmap(mm);
  mmdrop(mm, where);
}

void mmgrab(mm_struct* mm, sync::site where) {
  atomic_inc(&mm->mm_count, where);
}

void mmdrop(mm_struct* mm, sync::site where) {
  if (drop(&mm->mm_count, "mm_struct.mm_count", where) > 0) return;
  mmu_notifier_mm_destroy(mm);
  vma_table_free(mm);
  oracle_mm_dies(mm, where);
  kmem_cache_free(w().mm_cache, mm, where);
}

}  // namespace rw::mm
