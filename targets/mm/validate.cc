#include "targets/mm/validate.h"

#include "targets/mm/anon_vma.h"
#include "targets/mm/anon_vma_lock.h"
#include "targets/mm/design.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/reach.h"
#include "targets/mm/vma.h"

namespace rw::mm {

namespace {

void check_chain(vm_area_struct* vma) {
  unsigned chains = 0;
  for (list_head* node = vma->anon_vma_chain.next.get(); node != &vma->anon_vma_chain;
       node = node->next.get()) {
    RW_CHECK(RW_ENTRY(node, anon_vma_chain, same_vma)->vma.get() == vma,
             "a chain names another vma");
    ++chains;
  }
  RW_CHECK(chains == READ_ONCE(vma->anon_vma_chains), "a vma counts its chains wrong");
  reached(reach_counter::chain_validated);
}

// The lock as one helper takes it and another gives it back: each asks by itself whether there is
// one.
void vma_unlock_anon_vma(vm_area_struct* vma) {
  if (anon_vma* av = smp_load_acquire(&vma->anon_vma)) anon_vma_unlock_write(anon_vma_to_lock(av));
}

}  // namespace

void validate_mm(mm_struct* mm) {
  down_read(&mm->mmap_sem);
  for (vm_area_struct* vma = mm->mmap.get(); vma != nullptr; vma = vma->vm_next.get()) {
    anon_vma* av = smp_load_acquire(&vma->anon_vma);
    if (av != nullptr) {
      anon_vma* root = anon_vma_to_lock(av);
      anon_vma_lock_write(root);
      check_chain(vma);
      if (design().validate_lock == validate_lock::once) anon_vma_unlock_write(root);
    }
    if (design().validate_lock == validate_lock::twice) vma_unlock_anon_vma(vma);
  }
  up_read(&mm->mmap_sem);
}

}  // namespace rw::mm
