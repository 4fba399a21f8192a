#include "targets/mm/zap.h"

#include <algorithm>

#include "targets/mm/data_oracle.h"
#include "targets/mm/design.h"
#include "targets/mm/file.h"
#include "targets/mm/huge_memory.h"
#include "targets/mm/hugetlb.h"
#include "targets/mm/i_mmap_lock.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_gather_cpu.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/notify_in_ptl.h"
#include "targets/mm/oracle.h"
#include "targets/mm/outcome.h"
#include "targets/mm/reach.h"
#include "targets/mm/rmap.h"
#include "targets/mm/swap.h"
#include "targets/mm/vma.h"
#include "targets/mm/zero_page.h"

namespace rw::mm {

namespace {

struct zapped {
  bool full;   // the gather is
  bool dirty;  // a shared page was written through a pte that is gone now
};

// An unmap of a file's pages that leaves the copies of private mappings alone (check_mapping).
bool keeps(const mmu_gather* tlb, pte_t pte) {
  if (tlb->even_cows) return false;
  return !pte_present(pte) || mapping_is_anon(page_mapping(pte_page(pte)));
}

// The table's lock is held.
zapped zap_pte(mmu_gather* tlb, vm_area_struct* vma, unsigned address, ptep_t ptep) {
  const pte_t pte = ptep_get(ptep);
  if (pte_none(pte) || keeps(tlb, pte)) return {false, false};
  const pte_t old = ptep_get_and_clear(tlb->mm, address, ptep);
  if (pte_is_swap(old)) {
    swap_free(pte_value(old));
    return {false, false};
  }
  if (pte_is_migration(old)) return {false, false};
  if (tlb->tells) notify_in_ptl(tlb->mm, address);
  tlb_remove_tlb_entry(tlb, address);
  page* p = vm_normal_page(old);
  if (p == nullptr) return {false, false};
  const bool dirty = vma->vm_file.get() != nullptr && pte_dirty(old);
  if (dirty) set_page_dirty(p);
  page_remove_rmap(p);
  return {tlb_remove_page(tlb, p), dirty};
}

// [address, end) lies within one table.
void zap_pte_range(mmu_gather* tlb, vm_area_struct* vma, unsigned address, unsigned end) {
  while (address < end) {
    ptep_t ptep = pte_offset_map_lock(tlb->mm, address);
    if (ptep.table == nullptr) return;
    zapped any{false, false};
    for (; address < end && !any.full; ++address, ++ptep.slot) {
      const zapped one = zap_pte(tlb, vma, address, ptep);
      any = {one.full, any.dirty || one.dirty};
    }
    if (any.full && design().gather_range == gather_range::ahead) {
      tlb->start = address;
      tlb->end = end;
    }
    // A CPU that still has a dirty translation may write once more, unseen by who cleans the page
    // as soon as the lock is free.
    const bool full = any.full && !gather_is_per_cpu();
    if ((full || any.dirty) && design().gather != gather::flush_unlocked &&
        design().gather != gather::per_cpu_unflushed &&
        design().gather != gather::free_before_flush) {
      reached(any.dirty ? reach_counter::flushed_dirty : reach_counter::flushed_full);
      tlb_flush_mmu_tlbonly(tlb);
    }
    pte_unmap_unlock(ptep);
    if (!any.full) return;
    reached(reach_counter::batch_filled);
    tlb_flush_mmu(tlb);
  }
}

// [address, end) lies within what one pmd covers.
void zap_pmd_range(mmu_gather* tlb, vm_area_struct* vma, unsigned address, unsigned end) {
  if (is_vm_hugetlb_page(vma) && huge_pmd_unshare(tlb, vma, address)) return;
  pmd_t pmd = pmd_get(tlb->mm, address);
  if (pmd_trans_huge(pmd)) {
    oracle_whole_huge_page(tlb->mm, address, end);
    if (zap_huge_pmd(tlb, vma, address)) return;
    pmd = pmd_get(tlb->mm, address);
  }
  if (pmd_none_or_trans_huge_or_clear_bad(tlb->mm, address, pmd))
    wait_for_notify_in_ptl(tlb->mm);
  else
    zap_pte_range(tlb, vma, address, end);
}

void unmap_single_vma(mmu_gather* tlb, vm_area_struct* vma, unsigned start, unsigned end) {
  mmu_notifier_range range{tlb->mm, start, end};
  adjust_range_if_pmd_sharing_possible(vma, &range.start, &range.end);
  mmu_notifier_invalidate_range_start(&range);
  unmap_page_range(tlb, vma, start, end);
  mmu_notifier_invalidate_range_end(&range);
}

// The whole area, for good. Of hugetlbfs under i_mmap_mutex, as all zaps are.
void unmap_single_vma_final(mmu_gather* tlb, vm_area_struct* vma) {
  hugetlb_lock(vma);
  unmap_single_vma(tlb, vma, vma->vm_start.get(), vma->vm_end.get());
  if (is_vm_hugetlb_page(vma)) hugetlb_stop_sharing(vma);
  hugetlb_unlock(vma);
}

}  // namespace

void unmap_page_range(mmu_gather* tlb, vm_area_struct* vma, unsigned start, unsigned end) {
  for (unsigned next; start < end; start = next) {
    next = std::min(end, (start / kPtrsPerTable + 1) * kPtrsPerTable);
    zap_pmd_range(tlb, vma, start, next);
  }
}

void unmap_vmas(mmu_gather* tlb, vm_area_struct* vma) {
  for (; vma != nullptr; vma = vma->vm_next.get()) unmap_single_vma_final(tlb, vma);
}

void free_pgtables(mmu_gather* tlb, vm_area_struct* vma, unsigned floor, unsigned ceiling) {
  for (vm_area_struct* v = vma; v != nullptr; v = v->vm_next.get()) unlink_vma(v);
  for (; vma != nullptr; vma = vma->vm_next.get())
    free_pgd_range(&tlb->mm->pgd, vma->vm_start.get(), vma->vm_end.get(), floor, ceiling,
                   [&](pte_table* table) { pte_free_tlb(tlb, table); });
}

void zap_page_range(vm_area_struct* vma, unsigned start, unsigned end, bool even_cows) {
  mmu_gather tlb;
  tlb_gather_mmu(&tlb, vma->vm_mm.get(), start, end);
  tlb.even_cows = even_cows || is_shared(vma);
  unmap_single_vma(&tlb, vma, start, end);
  tlb_finish_mmu(&tlb);
}

namespace {

// Which of the pages [first, last) of its file the vma covers: addresses [start, end).
struct part {
  unsigned start;
  unsigned end;
};
part part_of(vm_area_struct* vma, std::uint32_t first, std::uint32_t last) {
  const unsigned start = vma->vm_start.get();
  const unsigned pgoff = vma->vm_pgoff.get();
  const unsigned from = std::max<unsigned>(first, pgoff);
  const unsigned to = std::min<unsigned>(last, pgoff + vma_pages(vma));
  if (from >= to) return {0, 0};
  return {start + (from - pgoff), start + (to - pgoff)};
}

// vm_truncate_count: the number of the unmap that is done with the vma, or where one is to go on.
constexpr std::uint32_t kRestartAddr = 0x80000000U;

// Unmaps one page, and lets go of the lock if there are more: 2.6.38's is a spinlock, needed
// elsewhere, and nobody can preempt its holder. So behind each vma, too, if it is one.
void unmap_and_break(file* f, vm_area_struct* vma, part p, std::uint32_t count, bool even_cows) {
  const std::uint32_t noted = vma->vm_truncate_count.get();
  if ((noted & kRestartAddr) != 0) p.start = std::max(p.start, noted & ~kRestartAddr);
  if (p.start < p.end) zap_page_range(vma, p.start, p.start + 1, even_cows);
  const bool done = p.start + 1 >= p.end;
  vma->vm_truncate_count.set(done ? count : kRestartAddr | (p.start + 1));
  if (done && !i_mmap_lock_spins()) return;
  i_mmap_unlock_write(f);
  i_mmap_lock_write(f);
}

// The next vma that has pages of [first, last) and that unmap `count` is not done with.
vm_area_struct* next_to_unmap(file* f, std::uint32_t first, std::uint32_t last,
                              std::uint32_t count) {
  for (list_head* node = f->i_mmap.next.get(); node != &f->i_mmap; node = node->next.get()) {
    vm_area_struct* vma = RW_ENTRY(node, vm_area_struct, i_mmap);
    const part p = part_of(vma, first, last);
    if (p.start < p.end && vma->vm_truncate_count.get() != count) return vma;
  }
  return nullptr;
}

void unmap_with_restarts(file* f, std::uint32_t first, std::uint32_t last, bool even_cows) {
  const std::uint32_t count = f->truncate_count.get() + 1;
  f->truncate_count.set(count);
  // From the start of the list each time: it may have changed while the lock was free.
  while (vm_area_struct* vma = next_to_unmap(f, first, last, count))
    unmap_and_break(f, vma, part_of(vma, first, last), count, even_cows);
}

void unmap_in_one_go(file* f, std::uint32_t first, std::uint32_t last, bool even_cows) {
  for (list_head* node = f->i_mmap.next.get(); node != &f->i_mmap; node = node->next.get()) {
    vm_area_struct* vma = RW_ENTRY(node, vm_area_struct, i_mmap);
    const part p = part_of(vma, first, last);
    if (p.start < p.end) zap_page_range(vma, p.start, p.end, even_cows);
  }
}

}  // namespace

void unmap_mapping_range(file* f, std::uint32_t first, std::uint32_t last, bool even_cows) {
  const bool serialised = design().i_mmap == i_mmap::restart_serialised;
  if (serialised) mutex_lock(&f->unmap_mutex);
  i_mmap_lock_write(f);
  if (design().i_mmap == i_mmap::mutex)
    unmap_in_one_go(f, first, last, even_cows);
  else
    unmap_with_restarts(f, first, last, even_cows);
  i_mmap_unlock_write(f);
  if (serialised) mutex_unlock(&f->unmap_mutex);
}

const char* do_madvise_dontneed(mm_struct* mm, unsigned address) {
  down_read(&mm->mmap_sem);
  vm_area_struct* vma = find_vma(mm, address);
  const char* why = kNoArea;
  if (vma != nullptr) {
    const unsigned start = vma->vm_start.get();
    const unsigned end = vma->vm_end.get();
    data_zap_begin(mm, start, end);
    hugetlb_lock(vma);
    zap_page_range(vma, start, end, true);
    hugetlb_unlock(vma);
    data_zap_end();
    why = nullptr;
  }
  up_read(&mm->mmap_sem);
  return why;
}

}  // namespace rw::mm
