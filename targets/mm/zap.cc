#include "targets/mm/zap.h"

#include <algorithm>

#include "targets/mm/data_oracle.h"
#include "targets/mm/file.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/reach.h"
#include "targets/mm/rmap.h"
#include "targets/mm/swap.h"
#include "targets/mm/vma.h"

namespace rw::mm {

void tlb_gather_mmu(mmu_gather* tlb, mm_struct* mm) {
  tlb->mm = mm;
  tlb->count = 0;
  tlb->need_flush = false;
}

void tlb_flush_mmu(mmu_gather* tlb) {
  if (!tlb->need_flush) return;
  tlb->need_flush = false;
  flush_tlb_mm(tlb->mm);
  for (unsigned i = 0; i < tlb->count; ++i) put_page(tlb->pages[i]);
  tlb->count = 0;
}

void tlb_finish_mmu(mmu_gather* tlb) {
  tlb_flush_mmu(tlb);
}

namespace {

// Returns whether the gather is full.
bool tlb_remove_page(mmu_gather* tlb, page* p) {
  RW_CHECK(tlb->count < kGatherPages, "a full gather was not flushed");
  tlb->need_flush = true;
  tlb->pages[tlb->count++] = p;
  return tlb->count == kGatherPages;
}

// Clears ptes from `start` until `end` or until the gather is full; returns the address it got to.
unsigned zap_until_full(mmu_gather* tlb, unsigned start, unsigned end) {
  mm_struct* mm = tlb->mm;
  bool full = false;
  unsigned address = start;
  spin_lock(&mm->page_table_lock);
  for (; address < end && !full; ++address) {
    const pte_t pte = ptep_get(mm, address);
    if (pte_none(pte)) continue;
    const pte_t old = ptep_get_and_clear(mm, address);
    if (pte_is_swap(old)) {
      swap_free(pte_value(old));
      continue;
    }
    page* p = pte_page(old);
    page_remove_rmap(p);
    full = tlb_remove_page(tlb, p);
  }
  spin_unlock(&mm->page_table_lock);
  return address;
}

}  // namespace

void unmap_page_range(mmu_gather* tlb, unsigned start, unsigned end) {
  while (start < end) {
    start = zap_until_full(tlb, start, end);
    if (tlb->count < kGatherPages) break;
    reached(reach_counter::batch_filled);
    tlb_flush_mmu(tlb);
  }
}

namespace {

void unmap_single_vma(mmu_gather* tlb, unsigned start, unsigned end) {
  mmu_notifier_invalidate_range_start(tlb->mm, start, end);
  unmap_page_range(tlb, start, end);
  mmu_notifier_invalidate_range_end(tlb->mm, start, end);
}

}  // namespace

void unmap_vmas(mmu_gather* tlb, vm_area_struct* vma) {
  for (; vma != nullptr; vma = vma->vm_next.get())
    unmap_single_vma(tlb, vma->vm_start.get(), vma->vm_end.get());
}

void zap_page_range(vm_area_struct* vma, unsigned start, unsigned end) {
  mmu_gather tlb;
  tlb_gather_mmu(&tlb, vma->vm_mm.get());
  unmap_single_vma(&tlb, start, end);
  tlb_finish_mmu(&tlb);
}

void unmap_mapping_range(file* f, std::uint32_t first, std::uint32_t last) {
  mutex_lock(&f->i_mmap_mutex);
  for (list_head* node = f->i_mmap.next.get(); node != &f->i_mmap; node = node->next.get()) {
    vm_area_struct* vma = RW_ENTRY(node, vm_area_struct, i_mmap);
    const unsigned start = vma->vm_start.get();
    const unsigned pgoff = vma->vm_pgoff.get();
    const unsigned from = std::max<unsigned>(first, pgoff);
    const unsigned to = std::min<unsigned>(last, pgoff + (vma->vm_end.get() - start));
    if (from < to) zap_page_range(vma, start + (from - pgoff), start + (to - pgoff));
  }
  mutex_unlock(&f->i_mmap_mutex);
}

const char* do_madvise_dontneed(mm_struct* mm, unsigned address) {
  down_read(&mm->mmap_sem);
  vm_area_struct* vma = find_vma(mm, address);
  const char* why = "nothing is mapped there";
  if (vma != nullptr) {
    const unsigned start = vma->vm_start.get();
    const unsigned end = vma->vm_end.get();
    data_zap_begin(mm, start, end);
    zap_page_range(vma, start, end);
    data_zap_end();
    why = nullptr;
  }
  up_read(&mm->mmap_sem);
  return why;
}

}  // namespace rw::mm
