// get_user_pages at a huge pmd.
#include "targets/mm/design.h"
#include "targets/mm/huge_memory.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/vma.h"

namespace rw::mm {

namespace {

// page_table_lock is held. The dirty bit of a read-only pmd means that a forced write made the
// page its own: a reader must leave it alone.
void touch_pmd(mm_struct* mm, unsigned address, pmd_t pmd, bool write) {
  const bool dirty = write || design().huge_touch == huge_touch::always;
  if (dirty && !pte_dirty(static_cast<pte_t>(pmd))) set_bit(kPteDirtyBit, pmd_offset(mm, address));
}

}  // namespace

page* follow_trans_huge_pmd(vm_area_struct* vma, unsigned address, bool write, bool* again,
                            bool broke_cow) {
  *again = !pmd_trans_huge_lock(vma, address);
  if (*again) return nullptr;
  mm_struct* mm = vma->vm_mm.get();
  const pmd_t pmd = pmd_get(mm, address);
  page* p = nullptr;
  const bool may = pmd_write(pmd) || (broke_cow && pte_dirty(static_cast<pte_t>(pmd)));
  if (!pmd_numa(pmd) && (!write || may)) {
    p = pte_page(pmd_pte(pmd, address));
    get_page_foll(p);
    touch_pmd(mm, address, pmd, write);
  }
  spin_unlock(&mm->page_table_lock);
  return p;
}

}  // namespace rw::mm
