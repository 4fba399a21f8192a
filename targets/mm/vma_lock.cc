#include "targets/mm/vma_lock.h"

#include "targets/mm/design.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/reach.h"
#include "targets/mm/speculative_fault.h"
#include "targets/mm/vm_refcnt.h"
#include "targets/mm/vma_count.h"
#include "targets/mm/world.h"

namespace rw::mm {

namespace {

// As in the mails of 2010-01: vma->refcnt.
bool counts_refcnt() {
  return design().fault_path == fault_path::refcount_v1 ||
         design().fault_path == fault_path::refcount;
}
bool has_vm_refcnt() {
  return design().fault_path == fault_path::vm_refcnt;
}

}  // namespace

std::uint32_t mm_lock_seq(mm_struct* mm) {
  // What the last owner of mmap_sem has written to the area comes with the number.
  return design().vma_lock_seq == vma_lock_seq::acquire ? smp_load_acquire(&mm->mm_lock_seq)
                                                        : READ_ONCE(mm->mm_lock_seq);
}

namespace {

// ---- a fault: under rcu_read_lock, which keeps `vma` --------------------------------------------

bool try_vm_lock(vm_area_struct* vma, mm_struct* mm) {
  // A look only, to leave at once where the answer is known.
  if (READ_ONCE(vma->vm_lock_seq) == READ_ONCE(mm->mm_lock_seq)) return false;
  if (!down_read_trylock(&vma->vm_lock)) return false;
  if (READ_ONCE(vma->vm_lock_seq) != mm_lock_seq(mm)) return true;
  up_read(&vma->vm_lock);
  return false;
}

bool vma_start_read(vm_area_struct* vma, mm_struct* mm) {
  if (has_vm_refcnt()) return vm_refcnt_start_read(vma, mm);
  return counts_refcnt() ? try_refcount(vma) : try_vm_lock(vma, mm);
}

void end_read(vm_area_struct* vma) {
  if (has_vm_refcnt())
    vma_refcount_put(vma);
  else if (counts_refcnt())
    vma_put(vma);
  else
    up_read(&vma->vm_lock);
}

// Since it was found the area may have been cut, moved or removed. It is held.
bool still_covers(mm_struct* mm, vm_area_struct* vma, unsigned address) {
  const vma_recheck how = design().vma_recheck;
  if (has_vm_refcnt()) {  // who has its count knows that it is in some address space
    if (design().vma_recycled == vma_recycled::wakes_mm && vma->vm_mm.get() != mm) return false;
  } else if (how != vma_recheck::bounds_only && vma->vm_detached.get() != 0) {
    return false;
  }
  if (how == vma_recheck::detached_only) return true;
  return address >= vma->vm_start.get() && address < vma->vm_end.get();
}

// Whether a fault in `vma`, which is held, can do without mmap_sem.
bool may_fault_alone(mm_struct* mm, vm_area_struct* vma, unsigned address) {
  if (!still_covers(mm, vma, address)) {
    reached(reach_counter::vma_changed_since_found);
    return false;
  }
  if (vma->vm_file.get() != nullptr) return false;
  // To find one it would look at neighbours, which only mmap_sem keeps.
  return design().vma_prepare == vma_prepare::held || smp_load_acquire(&vma->anon_vma) != nullptr;
}

}  // namespace

bool faults_without_mmap_sem() {
  return design().fault_path != fault_path::mmap_sem;
}

vm_area_struct* lock_vma_under_rcu(mm_struct* mm, unsigned address) {
  if (!faults_without_mmap_sem() || faults_are_speculative()) return nullptr;
  rcu_read_lock();
  vm_area_struct* vma = rcu_dereference(mm->vmas.get()->at[address]);
  if (vma != nullptr && !vma_start_read(vma, mm)) {
    reached(reach_counter::vma_busy);
    vma = nullptr;
  }
  if (vma != nullptr && !may_fault_alone(mm, vma, address)) {
    end_read(vma);
    vma = nullptr;
  }
  rcu_read_unlock();
  if (vma != nullptr) reached(reach_counter::fault_without_mmap_sem);
  return vma;
}

void vma_end_read(vm_area_struct* vma) {
  // Once the area is let go, who waited for that may free it; the wake-up is still to come.
  const bool in_rcu = design().vma_put_ctx == vma_put_ctx::in_rcu;
  if (in_rcu) rcu_read_lock();
  end_read(vma);
  if (in_rcu) rcu_read_unlock();
}

// ---- who changes areas --------------------------------------------------------------------------

bool is_write_locked(vm_area_struct* vma) {
  // Nobody else writes either while mmap_sem is held for writing.
  return READ_ONCE(vma->vm_lock_seq) == READ_ONCE(vma->vm_mm.get()->mm_lock_seq);
}

void vma_start_write(vm_area_struct* vma) {
  if (faults_are_speculative()) return vm_write_begin(vma);
  if (!faults_without_mmap_sem() || is_write_locked(vma)) return;
  const std::uint32_t seq = READ_ONCE(vma->vm_mm.get()->mm_lock_seq);
  if (has_vm_refcnt()) return __vma_start_write(vma, seq);
  const bool locks = !counts_refcnt();
  if (locks) down_write(&vma->vm_lock);
  WRITE_ONCE(vma->vm_lock_seq, seq);
  if (locks) up_write(&vma->vm_lock);
  if (!locks) lock_refcount(vma);
}

void vma_start_change(vm_area_struct* vma) {
  if (design().vma_change == vma_change::locked) vma_start_write(vma);
}

void vma_start_register(mm_struct* mm) {
  if (!faults_without_mmap_sem() || design().vma_register == vma_register::unlocked) return;
  for (vm_area_struct* vma = mm->mmap.get(); vma != nullptr; vma = vma->vm_next.get())
    vma_start_write(vma);
}

void vma_mark_attached(vm_area_struct* vma) {
  if (has_vm_refcnt()) vm_refcnt_attach(vma);
  if (faults_are_speculative()) vm_publish(vma);
}

void vma_mark_detached(vm_area_struct* vma) {
  if (!faults_without_mmap_sem()) return;
  vma_table_clear(vma->vm_mm.get(), vma->vm_start.get(), vma->vm_end.get());
  vma_start_write(vma);
  if (has_vm_refcnt())
    vm_refcnt_detach(vma);
  else if (!faults_are_speculative())
    vma->vm_detached.set(1);
}

void vma_table_store(vm_area_struct* vma, unsigned start, unsigned end) {
  if (!faults_without_mmap_sem()) return;
  vma_table* table = vma->vm_mm.get()->vmas.get();
  for (unsigned page = start; page < end; ++page) rcu_assign_pointer(table->at[page], vma);
}

void vma_table_clear(mm_struct* mm, unsigned start, unsigned end) {
  if (!faults_without_mmap_sem()) return;
  for (unsigned page = start; page < end; ++page) WRITE_ONCE(mm->vmas.get()->at[page], nullptr);
}

void mmap_write_unlock(mm_struct* mm, sync::site where) {
  if (faults_without_mmap_sem()) {
    if (counts_refcnt()) unlock_refcounts(mm);
    if (faults_are_speculative()) vm_write_end_all(mm);
    smp_store_release(&mm->mm_lock_seq, READ_ONCE(mm->mm_lock_seq) + 1);
  }
  up_write(&mm->mmap_sem, where);
}

// ---- birth and death ----------------------------------------------------------------------------

bool vma_table_init(mm_struct* mm) {
  mm->vmas.set(nullptr);
  if (!faults_without_mmap_sem()) return true;
  auto* table = kmem_cache_alloc<vma_table>(w().vma_table_cache);
  if (table == nullptr) return false;
  for (auto& entry : table->at) new (&entry) sync::atomic<vm_area_struct*>(nullptr);
  new (&mm->mm_lock_seq) sync::atomic<std::uint32_t>(1U);
  if (has_vm_refcnt()) init_waitqueue_head(&mm->vma_writer_wait);
  mm->vmas.set(table);
  return true;
}

void vma_table_free(mm_struct* mm) {
  if (vma_table* table = mm->vmas.get()) kmem_cache_free(w().vma_table_cache, table);
}

void vma_detach_at_exit(vm_area_struct* vma) {
  if (!has_vm_refcnt()) return;
  vma_start_write(vma);
  vm_refcnt_detach(vma);
}

namespace {

// Areas come back as areas only.
bool vmas_are_type_stable() {
  return faults_without_mmap_sem() && design().vma_free == vma_free::type_stable;
}

void construct_vma(vm_area_struct* vma) {
  if (has_vm_refcnt()) vm_refcnt_construct(vma);
}

}  // namespace

kmem_cache* vma_cache_create() {
  return kmem_cache_create<vm_area_struct>(vmas_are_type_stable() ? SLAB_TYPESAFE_BY_RCU
                                                                  : SLAB_NONE);
}

vm_area_struct* vma_cache_alloc() {
  return kmem_cache_alloc<vm_area_struct>(w().vma_cache, GFP_KERNEL, construct_vma);
}

void vma_lock_init(vm_area_struct* vma) {
  if (!faults_without_mmap_sem()) return;
  if (faults_are_speculative()) return vm_sequence_init(vma);
  if (has_vm_refcnt()) {
    // A late look-up may read it. The count is zero: who detached the area has seen to that.
    WRITE_ONCE(vma->vm_lock_seq, 0);
    return;
  }
  init_rwsem(&vma->vm_lock, vm_lock_class);
  new (&vma->vm_lock_seq) sync::atomic<std::uint32_t>(0U);
  new (&vma->refcnt) atomic_t(counted_idle());
  init_waitqueue_head(&vma->wait_queue);
  vma->vm_detached.set(0);
}

namespace {

void free_vma_callback(rcu_head* head) {
  kmem_cache_free(w().vma_cache, RW_ENTRY(head, vm_area_struct, rcu));
}

}  // namespace

void vma_free_after_look_ups(vm_area_struct* vma) {
  if (has_vm_refcnt()) vma_assert_detached(vma);
  const bool waits = faults_without_mmap_sem() && design().vma_free == vma_free::call_rcu;
  if (waits && faults_are_speculative())
    call_after_speculation(&vma->rcu, free_vma_callback);
  else if (waits)
    call_rcu(&vma->rcu, free_vma_callback);
  else
    kmem_cache_free(w().vma_cache, vma);
}

}  // namespace rw::mm
