// get_user_page: a page that an address maps, for who uses it without the CPU's help.
#include "targets/mm/data_oracle.h"
#include "targets/mm/design.h"
#include "targets/mm/fault.h"
#include "targets/mm/gup_fast.h"
#include "targets/mm/huge_memory.h"
#include "targets/mm/hugetlb.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/oracle.h"
#include "targets/mm/outcome.h"
#include "targets/mm/page_table.h"
#include "targets/mm/reach.h"
#include "targets/mm/vma.h"

namespace rw::mm {

namespace {

page* get_if_permitted(pte_t pte, bool write) {
  if (!pte_access_permitted(pte, write)) return nullptr;
  get_page(pte_page(pte));
  return pte_page(pte);
}

// The same of hugetlbfs: mmap_sem does not keep the table.
page* follow_hugetlb_page(mm_struct* mm, unsigned address, bool write) {
  const ptep_t ptep = huge_pte_offset_lock(mm, address);
  if (ptep.table == nullptr) return nullptr;
  page* p = get_if_permitted(ptep_get(ptep), write);
  huge_pte_unlock(mm, ptep);
  return p;
}

// The page that is mapped, with a reference; null: nothing that permits the access.
page* follow_page(vm_area_struct* vma, unsigned address, bool write) {
  mm_struct* mm = vma->vm_mm.get();
  if (is_vm_hugetlb_page(vma)) return follow_hugetlb_page(mm, address, write);
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
  page* p = get_if_permitted(ptep_get(ptep), write);
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
  if (vma == nullptr) *why = kNoArea;
  while (p == nullptr && *why == nullptr) {
    p = follow_page(vma, address, write);
    if (p == nullptr) *why = handle_mm_fault(mm, vma, address, write);
  }
  up_read(&mm->mmap_sem);
  return p;
}

namespace {

// The page that the pte maps, if it may be written: by the area's right, or because it is the copy
// that a forced fault has made.
page* follow_forced(vm_area_struct* vma, unsigned address, bool write, bool broke_cow) {
  // Of a shared area only what it may write.
  if (is_vm_hugetlb_page(vma)) return follow_hugetlb_page(vma->vm_mm.get(), address, write);
  pmd_t pmd = pmd_get(vma->vm_mm.get(), address);
  if (pmd_trans_huge(pmd)) {
    bool again;
    page* huge = follow_trans_huge_pmd(vma, address, write, &again, broke_cow);
    if (huge != nullptr && write) reached(reach_counter::forced_write_huge);
    if (!again) return huge;
    pmd = pmd_get(vma->vm_mm.get(), address);
  }
  const ptep_t ptep = pte_in(pmd, address);
  if (ptep.table == nullptr) return nullptr;
  spin_lock(&ptep.table->ptl);
  const pte_t pte = ptep_get(ptep);
  const bool may = !write || pte_write(pte) || (broke_cow && pte_dirty(pte));
  page* p = pte_present(pte) && may ? pte_page(pte) : nullptr;
  if (p != nullptr) get_page(p);
  pte_unmap_unlock(ptep);
  return p;
}

// mmap_sem is held.
page* get_user_page_forced(mm_struct* mm, vm_area_struct* vma, unsigned address, bool write,
                           const char** why) {
  bool broke_cow = false;
  page* p = nullptr;
  while (p == nullptr && *why == nullptr) {
    p = follow_forced(vma, address, write, broke_cow);
    if (p != nullptr) break;
    bool broken = false;
    *why = handle_mm_fault(mm, vma, address, write, true, &broken);
    const bool read_only = (vma->vm_flags.get() & VM_WRITE) == 0;
    if (broken && read_only && design().force_cow == force_cow::drop_write) write = false;
    broke_cow |= broken && read_only;
  }
  return p;
}

// The page is pinned and mmap_sem is held. It may have been unmapped since.
void write_pinned(mm_struct* mm, vm_area_struct* vma, unsigned address, page* p) {
  const std::uint64_t token = data_new_token();
  WRITE_ONCE(p->content, token);
  oracle_written(p);
  if (vma->vm_file.get() != nullptr) oracle_write_is_private(vma, p);
  const pte_t pte = pte_peek(mm, address);
  if (pte_present(pte) && pte_page(pte) == p)
    data_write(data_key(mm, address), token);
  else
    data_write_perhaps(data_key(mm, address), token);
  set_page_dirty(p);
  reached(reach_counter::forced_write);
}

void read_pinned(mm_struct* mm, unsigned address, page* p, sync::site where) {
  const std::uint64_t token = READ_ONCE(p->content, where);
  const pte_t pte = pte_peek(mm, address);
  if (pte_present(pte) && pte_page(pte) == p) data_read(data_key(mm, address), token, where);
  reached(reach_counter::remote_read);
}

}  // namespace

const char* access_remote_vm(mm_struct* mm, unsigned address, bool write) {
  const char* why = nullptr;
  down_read(&mm->mmap_sem);
  vm_area_struct* vma = find_vma(mm, address);
  if (vma == nullptr) why = kNoArea;
  page* p = vma != nullptr ? get_user_page_forced(mm, vma, address, write, &why) : nullptr;
  if (p != nullptr) {
    if (write)
      write_pinned(mm, vma, address, p);
    else
      read_pinned(mm, address, p, sync::site::current());
    put_page(p);
  }
  up_read(&mm->mmap_sem);
  return why;
}

}  // namespace rw::mm
