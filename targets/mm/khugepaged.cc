#include "targets/mm/khugepaged.h"

#include "targets/mm/anon_vma.h"
#include "targets/mm/design.h"
#include "targets/mm/huge_memory.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/notify_in_ptl.h"
#include "targets/mm/outcome.h"
#include "targets/mm/reach.h"
#include "targets/mm/rmap.h"
#include "targets/mm/tlb.h"
#include "targets/mm/vma.h"
#include "targets/mm/vma_lock.h"

namespace rw::mm {

namespace {

constexpr const char* kInUse = "somebody else uses a page there";

// The pages of one table, locked and unmapped for everybody but who holds them here.
struct isolated_pages {
  page* pages[HPAGE_PMD_NR];  // null: nothing was mapped there
};

void release(const isolated_pages& isolated) {
  for (page* p : isolated.pages) {
    if (p == nullptr) continue;
    p->isolated.set(0);
    unlock_page(p);
  }
}

// Whether nobody but this pte uses the page. It is locked then.
bool isolate_page(page* p) {
  if (page_of_huge_frames(p) && (PageHead(p) || PageTail(p))) return false;
  if (!trylock_page(p)) return false;
  if (atomic_read(&p->refcount) == 1) {
    p->isolated.set(1);
    return true;
  }
  unlock_page(p);
  return false;
}

// The table is in no pmd. False: one of its ptes is not of a page that nobody else uses.
bool collapse_huge_page_isolate(pte_table* table, isolated_pages* isolated) {
  *isolated = {};
  bool all = true;
  spin_lock(&table->ptl);
  for (unsigned i = 0; i < HPAGE_PMD_NR && all; ++i) {
    const pte_t pte = smp_load_acquire(&table->pte[i]);
    if (pte_none(pte)) continue;
    all = pte_present(pte) && pte_write(pte) && isolate_page(pte_page(pte));
    if (all) isolated->pages[i] = pte_page(pte);
  }
  spin_unlock(&table->ptl);
  if (!all) release(*isolated);
  return all;
}

// The old pages go.
void collapse_huge_page_copy(pte_table* table, const isolated_pages& isolated, page* head) {
  for (unsigned i = 0; i < HPAGE_PMD_NR; ++i) {
    page* old = isolated.pages[i];
    if (old == nullptr) continue;
    WRITE_ONCE(head[i].content, READ_ONCE(old->content));
    spin_lock(&table->ptl);
    WRITE_ONCE(table->pte[i], 0);
    page_remove_rmap(old);
    spin_unlock(&table->ptl);
  }
  release(isolated);
  for (page* old : isolated.pages)
    if (old != nullptr) put_page(old);
}

// No CPU and no get_user_page_fast walks the table afterwards.
pte_table* clear_pmd(mm_struct* mm, unsigned start) {
  mmu_notifier_range range{mm, start, start + HPAGE_PMD_NR};
  const bool told = design().collapse_notify == collapse_notify::pair;
  if (told) mmu_notifier_invalidate_range_start(&range);
  spin_lock(&mm->page_table_lock);
  auto* table = pmd_pgtable(xchg(pmd_offset(mm, start), 0));
  flush_tlb_range(mm, start, start + HPAGE_PMD_NR);
  if (told) notify_in_ptl(mm, start, HPAGE_PMD_NR);
  spin_unlock(&mm->page_table_lock);
  if (told) mmu_notifier_invalidate_range_end(&range);
  return table;
}

void put_back(mm_struct* mm, unsigned start, pte_table* table) {
  spin_lock(&mm->page_table_lock);
  smp_store_release(pmd_offset(mm, start), pmd_of_table(table));
  spin_unlock(&mm->page_table_lock);
}

void map_huge(vm_area_struct* vma, unsigned start, page* head, pte_table* table) {
  mm_struct* mm = vma->vm_mm.get();
  const bool writable = (vma->vm_flags.get() & VM_WRITE) != 0;
  spin_lock(&mm->page_table_lock);
  page_add_new_anon_rmap(head, vma, start);
  lru_cache_add(head);
  set_huge_pmd(mm, start, mk_huge_pmd(head, writable), table);
  spin_unlock(&mm->page_table_lock);
}

// mmap_sem is held for writing, and `vma` has an anon_vma. Takes `head` over if it returns null.
const char* collapse_huge_page(vm_area_struct* vma, unsigned start, page* head) {
  mm_struct* mm = vma->vm_mm.get();
  vma_start_change(vma);
  // A walk by rmap keeps to the table it has read from the pmd.
  const bool locked = design().collapse_rmap == collapse_rmap::locked;
  const rmap_locks locks = locked ? take_rmap_locks(vma) : rmap_locks{nullptr, nullptr};
  pte_table* table = clear_pmd(mm, start);
  isolated_pages isolated;
  const bool all = collapse_huge_page_isolate(table, &isolated);
  if (!all) put_back(mm, start, table);
  // The page locks keep rmap off from here.
  drop_rmap_locks(locks);
  if (!all) return kInUse;
  collapse_huge_page_copy(table, isolated, head);
  map_huge(vma, start, head, table);
  reached(reach_counter::collapsed);
  return nullptr;
}

// The area, if it covers all of the pmd and is what can be collapsed. mmap_sem is held.
vm_area_struct* area_to_collapse(mm_struct* mm, unsigned start) {
  vm_area_struct* vma = find_vma(mm, start);
  if (vma == nullptr || vma->vm_file.get() != nullptr) return nullptr;
  if (vma->vm_end.get() < start + HPAGE_PMD_NR) return nullptr;
  if (smp_load_acquire(&vma->anon_vma) == nullptr) return nullptr;
  // Beneath one made for hugetlbfs the kernel would have a level more.
  const pmd_t pmd = pmd_get(mm, start);
  return pmd_pgtable(pmd) != nullptr && !pmd_hugetlb(pmd) ? vma : nullptr;
}

}  // namespace

const char* do_collapse(mm_struct* mm, unsigned address) {
  const unsigned start = pmd_start(address);
  page* head = alloc_huge_page();
  if (head == nullptr) return no_memory();
  down_write(&mm->mmap_sem);
  vm_area_struct* vma = area_to_collapse(mm, start);
  const char* why = vma != nullptr ? collapse_huge_page(vma, start, head)
                                   : "no small pages are mapped there that could be one";
  mmap_write_unlock(mm);
  if (why != nullptr) put_page(head);
  return why;
}

}  // namespace rw::mm
