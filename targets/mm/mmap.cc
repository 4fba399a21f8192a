#include "targets/mm/mmap.h"

#include <algorithm>

#include "targets/mm/data_oracle.h"
#include "targets/mm/design.h"
#include "targets/mm/huge_memory.h"
#include "targets/mm/hugetlb.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/notify_in_ptl.h"
#include "targets/mm/oracle.h"
#include "targets/mm/outcome.h"
#include "targets/mm/reach.h"
#include "targets/mm/tlb.h"
#include "targets/mm/vma_lock.h"
#include "targets/mm/zap.h"

namespace rw::mm {

namespace {

// ---- munmap -------------------------------------------------------------------------------------

// Takes the vmas of [start, end), which has no half ones, out of the mm's list and returns the
// first. *floor, *ceiling: the ends of the hole they leave.
vm_area_struct* detach_vmas(mm_struct* mm, unsigned start, unsigned end, unsigned* floor,
                            unsigned* ceiling) {
  vm_area_struct* prev = find_vma_prev(mm, start);
  *floor = prev != nullptr ? prev->vm_end.get() : 0;
  sync::cell<vm_area_struct*>* link = prev != nullptr ? &prev->vm_next : &mm->mmap;
  vm_area_struct* first = link->get();
  vm_area_struct* last = first;
  while (last->vm_next.get() != nullptr && last->vm_next.get()->vm_start.get() < end)
    last = last->vm_next.get();
  vm_area_struct* next = last->vm_next.get();
  *ceiling = next != nullptr ? next->vm_start.get() : kPages;
  link->set(next);
  last->vm_next.set(nullptr);
  return first;
}

// Splits what sticks out of [start, end). False: no memory.
bool split_ends(mm_struct* mm, unsigned start, unsigned end) {
  vm_area_struct* first = find_vma(mm, start);
  if (first != nullptr && first->vm_start.get() < start && split_vma(first, start) == nullptr)
    return false;
  vm_area_struct* last = find_vma(mm, end - 1);
  return last == nullptr || last->vm_end.get() <= end || split_vma(last, end) != nullptr;
}

}  // namespace

const char* do_munmap(mm_struct* mm, unsigned start, unsigned end) {
  lockdep_assert_held_write(&mm->mmap_sem);
  if (!range_in_use(mm, start, end)) return kNoArea;
  if (!split_ends(mm, start, end)) return no_memory();
  unsigned floor, ceiling;
  vm_area_struct* vma = detach_vmas(mm, start, end, &floor, &ceiling);
  for (vm_area_struct* gone = vma; gone != nullptr; gone = gone->vm_next.get())
    vma_mark_detached(gone);
  mmu_gather tlb;
  tlb_gather_mmu(&tlb, mm, start, end);
  unmap_vmas(&tlb, vma);
  free_pgtables(&tlb, vma, floor, ceiling);
  tlb_finish_mmu(&tlb);
  while (vma != nullptr) {
    vm_area_struct* next = vma->vm_next.get();
    free_vma(vma);
    vma = next;
  }
  return nullptr;
}

namespace {

// ---- mprotect -----------------------------------------------------------------------------------

// The ptes of [start, end), within one table, lose the write bit; they get it back by faults.
void change_pte_range(vm_area_struct* vma, unsigned start, unsigned end) {
  mm_struct* mm = vma->vm_mm.get();
  if (is_vm_hugetlb_page(vma) && huge_pmd_unshare(nullptr, vma, start)) return;
  if (pmd_trans_huge(pmd_get(mm, start)) && change_huge_pmd(vma, start)) return;
  ptep_t ptep = pte_offset_map_lock(mm, start);
  if (ptep.table == nullptr) return;
  for (unsigned address = start; address < end; ++address, ++ptep.slot)
    if (pte_write(ptep_get(ptep))) {  // a migration entry too
      ptep_set_wrprotect(ptep);
      notify_in_ptl(mm, address);
    }
  pte_unmap_unlock(ptep);
}

void change_protection(vm_area_struct* vma, unsigned start, unsigned end) {
  mm_struct* mm = vma->vm_mm.get();
  const tlb_moment began = tlb_now();
  mmu_notifier_range range{mm, start, end};
  adjust_range_if_pmd_sharing_possible(vma, &range.start, &range.end);
  const bool tells = design().mprotect_notify == mprotect_notify::pair;
  if (tells) mmu_notifier_invalidate_range_start(&range);
  hugetlb_lock(vma);
  for (unsigned address = start, next; address < end; address = next) {
    next = std::min(end, (address / kPtrsPerTable + 1) * kPtrsPerTable);
    change_pte_range(vma, address, next);
  }
  if (design().mprotect_flush == mprotect_flush::before_return) flush_tlb_range(mm, start, end);
  hugetlb_unlock(vma);
  if (tells) mmu_notifier_invalidate_range_end(&range);
  oracle_no_writer(mm, start, end, began);
}

// The vma that is exactly [start, end) of `vma`; null: no memory.
vm_area_struct* isolate(vm_area_struct* vma, unsigned start, unsigned end) {
  if (vma->vm_start.get() < start) vma = split_vma(vma, start);
  if (vma != nullptr && vma->vm_end.get() > end && split_vma(vma, end) == nullptr) return nullptr;
  return vma;
}

// mmap_sem is held for writing.
const char* mprotect_fixup(mm_struct* mm, vm_area_struct* vma, unsigned start, unsigned end,
                           std::uint32_t flags) {
  if (vma->vm_flags.get() == flags) return "that is the protection it has";
  const unsigned pgoff = vma->vm_pgoff.get() + (start - vma->vm_start.get());
  const vma_range area{
      start, end, pgoff, flags, smp_load_acquire(&vma->anon_vma), vma->vm_file.get()};
  if (vm_area_struct* merged = vma_merge(mm, area)) {
    vma = merged;
  } else {
    vma = isolate(vma, start, end);
    if (vma == nullptr) return no_memory();
    vma_start_change(vma);
    hugetlb_lock(vma);  // somebody may be about to share a table of it
    vma->vm_flags.set(flags);
    hugetlb_unlock(vma);
  }
  if ((flags & VM_WRITE) == 0 || is_vm_hugetlb_page(vma)) change_protection(vma, start, end);
  reached(reach_counter::protection_changed);
  return nullptr;
}

}  // namespace

unsigned get_unmapped_area(mm_struct* mm, unsigned hint, unsigned pages, unsigned align) {
  const auto first_free = [&](unsigned from) {
    for (unsigned start = from / align * align; start + pages <= kNamedPages; start += align)
      if (!range_in_use(mm, start, start + pages)) return start;
    return kNoRange;
  };
  const unsigned above = first_free(hint);
  return above != kNoRange ? above : first_free(0);
}

const char* do_mmap(mm_struct* mm, unsigned hint, unsigned pages, file* f, std::uint32_t flags) {
  // Its pages are huge ones: an area of hugetlbfs is all of what its pmds cover.
  const bool hugetlb = f != nullptr && f->hugetlb.get() != 0;
  if (hugetlb) pages = pmd_start(pages + kPtrsPerTable - 1);
  down_write(&mm->mmap_sem);
  const unsigned start = get_unmapped_area(mm, hint, pages, hugetlb ? kPtrsPerTable : 1);
  const char* why = start == kNoRange ? kNoRoom : nullptr;
  if (why == nullptr) {
    const unsigned end = start + pages;
    const unsigned pgoff = f != nullptr ? 0 : start;
    data_mapped(mm, start, end, f, (flags & VM_SHARED) != 0);
    if (vma_merge(mm, {start, end, pgoff, flags, nullptr, f}) == nullptr) {
      vm_area_struct* vma = alloc_vma(mm, start, end, pgoff, flags, f);
      if (vma != nullptr)
        link_vma(mm, vma, nullptr);
      else
        why = no_memory();
    }
  }
  mmap_write_unlock(mm);
  return why;
}

const char* vm_munmap(mm_struct* mm, unsigned start, unsigned end) {
  down_write(&mm->mmap_sem);
  const char* why = do_munmap(mm, start, end);
  mmap_write_unlock(mm);
  return why;
}

const char* vm_munmap_area(mm_struct* mm, unsigned address) {
  down_write(&mm->mmap_sem);
  vm_area_struct* vma = find_vma(mm, address);
  const char* why =
      vma != nullptr ? do_munmap(mm, vma->vm_start.get(), vma->vm_end.get()) : kNoArea;
  mmap_write_unlock(mm);
  return why;
}

const char* do_mprotect(mm_struct* mm, unsigned start, unsigned end, bool writable) {
  down_write(&mm->mmap_sem);
  vm_area_struct* vma = find_vma(mm, start);
  // As in do_mmap: otherwise no read-only area could share a page table.
  if (vma != nullptr) adjust_range_if_pmd_sharing_possible(vma, &start, &end);
  const bool within = vma != nullptr && start >= vma->vm_start.get() && end <= vma->vm_end.get();
  const char* why = kNoArea;
  if (within) {
    const std::uint32_t others = vma->vm_flags.get() & ~VM_WRITE;
    why = mprotect_fixup(mm, vma, start, end, others | (writable ? VM_WRITE : 0U));
  }
  mmap_write_unlock(mm);
  return why;
}

}  // namespace rw::mm
