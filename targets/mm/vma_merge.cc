// vma_merge: areas that become one, and boundaries between two that move.
#include "targets/mm/anon_vma.h"
#include "targets/mm/design.h"
#include "targets/mm/huge_split.h"
#include "targets/mm/hugetlb.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"
#include "targets/mm/vma.h"
#include "targets/mm/vma_lock.h"

namespace rw::mm {
namespace {

// An unmap of file pages that is under way must not take this vma for done. rmap locks are held.
void unmap_anew(vm_area_struct* vma) {
  vma->vm_truncate_count.set(0);
}

// `importer` is about to get pages of `exporter`. False: no memory.
bool import_anon_vmas(vm_area_struct* importer, vm_area_struct* exporter) {
  anon_vma* av = smp_load_acquire(&exporter->anon_vma);
  if (av == nullptr || smp_load_acquire(&importer->anon_vma) != nullptr) return true;
  reached(reach_counter::chains_imported);
  return anon_vma_join(importer, exporter);
}

// `vma` grows over the whole of `next`, its neighbour. False: no memory.
bool swallow_next(vm_area_struct* vma, vm_area_struct* next) {
  if (!import_anon_vmas(vma, next)) return false;
  vma_start_change(vma);
  vma_mark_detached(next);
  // Both have the same anon_vmas, or `next` has none: one root.
  const rmap_locks locks = lock_rmap(vma);
  if (smp_load_acquire(&next->anon_vma) != nullptr) oracle_same_chains(vma, next);
  vma->vm_end.set(next->vm_end.get());
  vma_table_store(vma, next->vm_start.get(), next->vm_end.get());
  unmap_anew(vma);
  vma->vm_next.set(next->vm_next.get());
  if (next->vm_file.get() != nullptr) list_del(&next->i_mmap);
  drop_rmap_locks(locks);
  unlink_anon_vmas(next);
  free_vma(next);
  return true;
}

// The boundary between `vma` and `next` becomes `address`. False: no memory.
bool shift_boundary(vm_area_struct* vma, vm_area_struct* next, unsigned address) {
  const bool up = address > next->vm_start.get();
  vm_area_struct* importer = up ? vma : next;
  vma_start_change(vma);
  vma_start_change(next);
  vma_adjust_trans_huge(up ? next : vma, address);
  if (!import_anon_vmas(importer, up ? next : vma)) return false;
  const rmap_locks locks = lock_rmap(importer);
  const unsigned boundary = next->vm_start.get();
  next->vm_pgoff.set(next->vm_pgoff.get() + (address - next->vm_start.get()));
  vma->vm_end.set(address);
  next->vm_start.set(address);
  if (up)
    vma_table_store(vma, boundary, address);
  else
    vma_table_store(next, address, boundary);
  unmap_anew(vma);
  unmap_anew(next);
  drop_rmap_locks(locks);
  reached(reach_counter::vma_boundary_moved);
  return true;
}

// `vma` grows into a free range.
void grow(vm_area_struct* vma, unsigned start, unsigned end) {
  vma_start_change(vma);
  const rmap_locks locks = lock_rmap(vma);
  vma->vm_pgoff.set(vma->vm_pgoff.get() - (vma->vm_start.get() - start));
  vma->vm_start.set(start);
  vma->vm_end.set(end);
  vma_table_store(vma, start, end);
  unmap_anew(vma);
  drop_rmap_locks(locks);
}

// Whether an area with anon_vma `area` may become part of `vma`.
bool is_mergeable_anon_vma(anon_vma* area, vm_area_struct* vma) {
  anon_vma* av = smp_load_acquire(&vma->anon_vma);
  if (area == av) return true;
  // A vma without pages can take any.
  if (av == nullptr) return design().merge_unfaulted != merge_unfaulted::never;
  // One that has shared pages with a parent is left alone: its root lock is contended enough
  // (965f55dea0e3).
  return area == nullptr && READ_ONCE(vma->anon_vma_chains) == 1;
}

// Areas of hugetlbfs stay apart: the kernel's have a vm_ops->close.
bool can_vma_merge(vm_area_struct* vma, const vma_range& area) {
  return !is_vm_hugetlb_page(vma) && vma->vm_flags.get() == area.flags &&
         vma->vm_file.get() == area.vm_file &&
         vma->vm_pgoff.get() - vma->vm_start.get() == area.pgoff - area.start &&
         is_mergeable_anon_vma(area.anon_vma, vma);
}

bool same_anon_vma_or_none(vm_area_struct* a, vm_area_struct* b) {
  anon_vma* first = smp_load_acquire(&a->anon_vma);
  anon_vma* second = smp_load_acquire(&b->anon_vma);
  return first == nullptr || second == nullptr || first == second;
}

// `prev` takes the area over, and then perhaps `next`. `own`: the vma that is the area, or null.
vm_area_struct* merge_into_prev(vm_area_struct* prev, const vma_range& area, vm_area_struct* own,
                                vm_area_struct* next) {
  if (own == nullptr) {
    grow(prev, prev->vm_start.get(), area.end);
  } else if (own->vm_end.get() == area.end) {
    if (!swallow_next(prev, own)) return nullptr;
  } else if (!shift_boundary(prev, own, area.end)) {
    return nullptr;
  }
  reached(reach_counter::vma_merged);
  if (next != nullptr && same_anon_vma_or_none(prev, next)) {
    reached(reach_counter::vma_merged_both);
    swallow_next(prev, next);  // without memory they stay two
  }
  return prev;
}

// `next` takes the area over: free, the end of `own`, or all of it.
vm_area_struct* merge_into_next(vm_area_struct* next, const vma_range& area, vm_area_struct* own) {
  if (own == nullptr) {
    grow(next, area.start, next->vm_end.get());
  } else if (own->vm_start.get() < area.start) {
    if (!shift_boundary(own, next, area.start)) return nullptr;
  } else {
    // The vma stays that of the area.
    if (!swallow_next(own, next)) return nullptr;
    next = own;
  }
  reached(reach_counter::vma_merged);
  return next;
}

}  // namespace

vm_area_struct* vma_merge(mm_struct* mm, const vma_range& area) {
  vm_area_struct* prev = find_vma_prev(mm, area.start);
  vm_area_struct* own = prev != nullptr ? prev->vm_next.get() : mm->mmap.get();
  if (own != nullptr && own->vm_start.get() >= area.end) own = nullptr;
  vm_area_struct* next = find_vma(mm, area.end);
  if (next == own || (next != nullptr && next->vm_start.get() != area.end)) next = nullptr;
  if (next != nullptr && !can_vma_merge(next, area)) next = nullptr;
  if (prev != nullptr && prev->vm_end.get() == area.start && can_vma_merge(prev, area))
    return merge_into_prev(prev, area, own, next);
  return next != nullptr ? merge_into_next(next, area, own) : nullptr;
}

}  // namespace rw::mm
