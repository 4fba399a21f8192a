#include "targets/mm/numa.h"

#include "targets/mm/compound.h"
#include "targets/mm/design.h"
#include "targets/mm/huge_memory.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/notify_in_ptl.h"
#include "targets/mm/outcome.h"
#include "targets/mm/reach.h"
#include "targets/mm/tlb.h"
#include "targets/mm/vma.h"
#include "targets/mm/zero_page.h"

namespace rw::mm {

namespace {

void set_flush_pending(mm_struct* mm) {
  if (design().numa_pending == numa_pending::counter)
    atomic_inc(&mm->numa_flush_pending);
  else
    atomic_set(&mm->numa_flush_pending, 1);
}
void clear_flush_pending(mm_struct* mm) {
  if (design().numa_pending == numa_pending::counter)
    atomic_dec(&mm->numa_flush_pending);
  else
    atomic_set(&mm->numa_flush_pending, 0);
}

// Whether the pmd is changed and has to be flushed.
bool change_huge_pmd_numa(vm_area_struct* vma, unsigned address) {
  mm_struct* mm = vma->vm_mm.get();
  if (!pmd_trans_huge(pmd_get(mm, address)) || !pmd_trans_huge_lock(vma, address)) return false;
  // The huge zero page has no better place.
  const pmd_t pmd = pmd_get(mm, address);
  const bool changes = !pmd_numa(pmd) && !is_huge_zero_pmd(pmd);
  if (changes) {
    set_bit(kPmdNumaBit, pmd_offset(mm, address));
    clear_bit(kPtePresentBit, pmd_offset(mm, address));
    notify_in_ptl(mm, pmd_start(address), HPAGE_PMD_NR);
  }
  spin_unlock(&mm->page_table_lock);
  return changes;
}

}  // namespace

const char* do_change_prot_numa(mm_struct* mm, unsigned address) {
  down_read(&mm->mmap_sem);
  vm_area_struct* vma = find_vma(mm, address);
  const char* why = kNoArea;
  if (vma != nullptr) {
    const unsigned start = pmd_start(address);
    mmu_notifier_range range{mm, start, start + HPAGE_PMD_NR};
    mmu_notifier_invalidate_range_start(&range);
    set_flush_pending(mm);
    const bool changed = change_huge_pmd_numa(vma, address);
    if (changed) flush_tlb_range(mm, start, start + HPAGE_PMD_NR);
    clear_flush_pending(mm);
    mmu_notifier_invalidate_range_end(&range);
    why = changed ? nullptr : "no huge page is mapped there";
    if (changed) reached(reach_counter::numa_hinted);
  }
  up_read(&mm->mmap_sem);
  return why;
}

namespace {

// A fault on an inaccessible pmd.
struct numa_fault {
  vm_area_struct* vma;
  unsigned address;
  pmd_t orig;
  bool pending;  // with numa_look=before_lock: a flush was, when the fault began
};

// A CPU may write through what it remembers, unless who changed the pmd has flushed already. The
// mark was set before the pmd was changed under its lock, so who has seen the change under that
// lock sees the mark, without a barrier.
bool flush_may_be_pending(mm_struct* mm, const numa_fault& f) {
  if (design().numa_look == numa_look::before_lock) return f.pending;
  return atomic_read(&mm->numa_flush_pending) != 0;
}

// page_table_lock is held. The pmd maps the page again, as before.
void make_accessible(mm_struct* mm, unsigned address, pmd_t pmd) {
  smp_store_release(pmd_offset(mm, address), mk_huge_pmd(pmd_page(pmd), pmd_write(pmd)));
}

// `old` is locked, and no CPU can get at it. Returns whether `fresh` is mapped in its place.
bool replace_inaccessible(const numa_fault& f, page* old, page* fresh) {
  mm_struct* mm = f.vma->vm_mm.get();
  const unsigned start = pmd_start(f.address);
  // The pmd's and ours. Who has pinned the page may write it behind the copy and be gone before the
  // second look; nobody can pin it any more (kernel: numamigrate_isolate_page).
  const bool pinned = atomic_read(&old->refcount) != 2;
  if (!pinned) copy_huge_contents(fresh, old);
  mmu_notifier_range range{mm, start, start + HPAGE_PMD_NR};
  mmu_notifier_invalidate_range_start(&range);
  spin_lock(&mm->page_table_lock);
  const bool same = pmd_get(mm, f.address) == f.orig;
  const bool moves = same && !pinned && atomic_read(&old->refcount) == 2;
  if (moves) {
    notify_in_ptl(mm, start, HPAGE_PMD_NR);
    replace_huge_mapping(f.vma, f.address, old, fresh, pmd_write(f.orig));
  } else if (same) {
    make_accessible(mm, f.address, f.orig);
  }
  spin_unlock(&mm->page_table_lock);
  mmu_notifier_invalidate_range_end(&range);
  return moves;
}

bool flush_and_replace(const numa_fault& f, page* old, page* fresh) {
  mm_struct* mm = f.vma->vm_mm.get();
  if (flush_may_be_pending(mm, f)) {
    reached(reach_counter::numa_flushed);
    flush_tlb_range(mm, pmd_start(f.address), pmd_start(f.address) + HPAGE_PMD_NR);
  }
  return replace_inaccessible(f, old, fresh);
}

// page_table_lock is held, and left; `old` is locked. Whoever has the page lock decides what
// becomes of the pmd: nobody makes it accessible, and inaccessible again, while another copies the
// page. Returns whether `fresh` has taken the place of `old`; null: there is no memory for one.
bool move_or_make_accessible(const numa_fault& f, page* old, page* fresh) {
  mm_struct* mm = f.vma->vm_mm.get();
  const bool moves = fresh != nullptr && atomic_read(compound_mapcount_ptr(old)) == 0;
  if (!moves) make_accessible(mm, f.address, f.orig);
  spin_unlock(&mm->page_table_lock);
  const bool moved = moves && flush_and_replace(f, old, fresh);
  if (moved) reached(reach_counter::numa_migrated);
  return moved;
}

}  // namespace

void do_huge_pmd_numa_page(vm_area_struct* vma, unsigned address, pmd_t orig) {
  mm_struct* mm = vma->vm_mm.get();
  const bool looks_now = design().numa_look == numa_look::before_lock;
  const numa_fault f{vma, address, orig, looks_now && atomic_read(&mm->numa_flush_pending) != 0};
  page* fresh = alloc_huge_page();
  bool moved = false;
  spin_lock(&mm->page_table_lock);
  if (pmd_get(mm, address) == orig) {
    page* old = pmd_page(orig);
    get_page(old);
    if (trylock_page(old)) {
      moved = move_or_make_accessible(f, old, fresh);
    } else {
      spin_unlock(&mm->page_table_lock);
      lock_page(old);  // waits for who decides; the access is tried again
    }
    unlock_page(old);
    put_page(old);
    if (moved) put_page(old);  // the pmd's
  } else {
    spin_unlock(&mm->page_table_lock);
  }
  if (!moved && fresh != nullptr) put_page(fresh);
}

}  // namespace rw::mm
