// get_user_page: a page that an address maps, for who uses it without the CPU's help.
#include "targets/mm/fault.h"
#include "targets/mm/huge_memory.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/page_table.h"
#include "targets/mm/tlb.h"
#include "targets/mm/vma.h"

namespace rw::mm {

namespace {

// The page that is mapped, with a reference; null: nothing that permits the access.
page* follow_page(vm_area_struct* vma, unsigned address, bool write) {
  mm_struct* mm = vma->vm_mm.get();
  pmd_t pmd = pmd_get(mm, address);
  if (pmd_trans_huge(pmd)) {
    bool again;
    page* p = follow_trans_huge_pmd(vma, address, write, &again);
    if (!again) return p;
    pmd = pmd_get(mm, address);
  }
  const ptep_t ptep = pte_in(pmd, address);
  if (ptep.table == nullptr) return nullptr;
  spin_lock(&ptep.table->ptl);
  page* p = nullptr;
  const pte_t pte = ptep_get(ptep);
  if (pte_present(pte) && (!write || pte_write(pte))) {
    p = pte_page(pte);
    get_page(p);
  }
  pte_unmap_unlock(ptep);
  return p;
}

}  // namespace

page* get_user_page(mm_struct* mm, unsigned address, bool write, const char** why) {
  *why = nullptr;
  page* p = get_user_page_fast(mm, address, write);
  if (p != nullptr) return p;
  down_read(&mm->mmap_sem);
  vm_area_struct* vma = find_vma(mm, address);
  if (vma == nullptr) *why = "nothing is mapped there";
  while (p == nullptr && *why == nullptr) {
    p = follow_page(vma, address, write);
    if (p == nullptr) *why = handle_mm_fault(mm, vma, address, write);
  }
  up_read(&mm->mmap_sem);
  return p;
}

}  // namespace rw::mm
