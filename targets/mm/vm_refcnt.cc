#include "targets/mm/vm_refcnt.h"

#include "targets/mm/design.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/reach.h"
#include "targets/mm/vma_lock.h"

namespace rw::mm {

namespace {

constexpr int VMA_LOCK_OFFSET = 1 << 30;
constexpr int VMA_REF_LIMIT = VMA_LOCK_OFFSET - 1;

// A writer waits, and nobody else is in: of an area that is in its address space, or leaves it.
bool is_vma_writer_only(int refcnt) {
  return (refcnt & VMA_LOCK_OFFSET) != 0 && refcnt <= VMA_LOCK_OFFSET + 1;
}

// The area was freed and is another mm's. Under rcu_read_lock.
void put_foreign(vm_area_struct* vma) {
  reached(reach_counter::vma_recycled_since_found);
  // While the count is held that mm cannot get rid of its areas. Once it is dropped, it may be gone
  // before its writer is woken.
  mm_struct* other = vma->vm_mm.get();
  rcu_read_unlock();
  mmgrab(other);
  vma_refcount_put(vma);
  mmdrop(other);
  rcu_read_lock();
}

}  // namespace

void vm_refcnt_construct(vm_area_struct* vma) {
  new (&vma->vm_refcnt.refs) sync::atomic<int>(0);
  new (&vma->vm_lock_seq) sync::atomic<std::uint32_t>(0U);
}

bool vm_refcnt_start_read(vm_area_struct* vma, mm_struct* mm) {
  // A look only, to leave at once where the answer is known.
  if (READ_ONCE(vma->vm_lock_seq) == READ_ONCE(mm->mm_lock_seq)) return false;
  if (!refcount_inc_not_zero_limited_acquire(&vma->vm_refcnt, VMA_REF_LIMIT)) return false;
  if (design().vma_recycled == vma_recycled::keeps_mm && vma->vm_mm.get() != mm) {
    put_foreign(vma);
    return false;
  }
  if (READ_ONCE(vma->vm_lock_seq) != mm_lock_seq(mm)) return true;
  vma_refcount_put(vma);
  return false;
}

void vma_refcount_put(vm_area_struct* vma) {
  const bool early = design().vma_put_mm == vma_put_mm::before;
  mm_struct* mm = early ? vma->vm_mm.get() : nullptr;
  int before;
  if (__refcount_dec_and_test(&vma->vm_refcnt, &before) || !is_vma_writer_only(before - 1)) return;
  if (!early) mm = vma->vm_mm.get();
  reached(reach_counter::vma_writer_woken);
  wake_up(&mm->vma_writer_wait);
}

namespace {

// ---- who changes areas: nobody else does --------------------------------------------------------

// What the faults that are gone have read they have read before whatever comes behind this. In the
// kernel the branch on the count orders the stores behind it; such dependencies are not tracked.
int read_count(vm_area_struct* vma, sync::site where = sync::site::current()) {
  return smp_load_acquire(&vma->vm_refcnt.refs, where);
}

// Waits until the faults in the area are gone, and keeps new ones out until __vma_exit_locked.
// `others`: what the count is apart from them. False: the area is in no address space, and nobody
// is in it.
bool __vma_enter_locked(vm_area_struct* vma, int others) {
  if (!refcount_add_not_zero(VMA_LOCK_OFFSET, &vma->vm_refcnt)) {
    (void)read_count(vma);
    return false;
  }
  const sync::site where = sync::site::current();
  const auto alone = [&] { return read_count(vma, where) == VMA_LOCK_OFFSET + others; };
  if (alone()) return true;
  reached(reach_counter::vma_writer_waited);
  wait_event(&vma->vm_mm.get()->vma_writer_wait, alone);
  return true;
}

// Whether nobody is in the area and no address space has it.
bool __vma_exit_locked(vm_area_struct* vma) {
  return refcount_sub_and_test(VMA_LOCK_OFFSET, &vma->vm_refcnt);
}

}  // namespace

void __vma_start_write(vm_area_struct* vma, std::uint32_t mm_lock_seq) {
  const bool locked = __vma_enter_locked(vma, 1);
  WRITE_ONCE(vma->vm_lock_seq, mm_lock_seq);
  if (locked) (void)__vma_exit_locked(vma);
}

void vm_refcnt_attach(vm_area_struct* vma) {
  refcount_set_release(&vma->vm_refcnt, 1);
}

void vm_refcnt_detach(vm_area_struct* vma) {
  // A late fault may have counted itself in, only to find the area locked.
  if (!refcount_dec_and_test(&vma->vm_refcnt) && __vma_enter_locked(vma, 0))
    (void)__vma_exit_locked(vma);
}

void vma_assert_detached(vm_area_struct* vma, sync::site where) {
  const int count = vma->vm_refcnt.refs.peek();
  if (count != 0)
    sync::fail("refcount", {"vma.vm_refcnt", sync::function_name(where)},
               fmt::format("{} is freed with a count of {}", object_name(vma), count), where);
}

}  // namespace rw::mm
