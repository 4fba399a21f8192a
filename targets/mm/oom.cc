#include "targets/mm/oom.h"

#include "targets/mm/data_oracle.h"
#include "targets/mm/design.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/reach.h"
#include "targets/mm/vma.h"
#include "targets/mm/zap.h"

namespace rw::mm {

namespace {

// False: a subscriber refused.
bool reap(vm_area_struct* vma) {
  mm_struct* mm = vma->vm_mm.get();
  const unsigned start = vma->vm_start.get();
  const unsigned end = vma->vm_end.get();
  const bool tell = design().oom_notify == oom_notify::pair;
  // It may wait for nobody: whoever it waits for may wait for memory.
  mmu_notifier_range range{mm, start, end};
  if (tell && !mmu_notifier_invalidate_range_start_nonblock(&range)) return false;
  data_zap_begin(mm, start, end);
  mmu_gather tlb;
  tlb_gather_mmu(&tlb, mm, start, end);
  tlb.tells = design().oom_notify != oom_notify::none;
  unmap_page_range(&tlb, vma, start, end);
  if (tell) mmu_notifier_invalidate_range_end(&range);
  tlb_finish_mmu(&tlb);
  data_zap_end();
  reached(reach_counter::oom_reaped);
  return true;
}

}  // namespace

const char* do_oom_reap(mm_struct* mm) {
  if (!down_read_trylock(&mm->mmap_sem)) return "mmap_sem is taken";
  // mmap_sem keeps subscribers out that are not there yet.
  const bool skip = design().oom_notify == oom_notify::skip && mm_has_notifiers(mm);
  const char* why = skip ? "the mm has subscribers" : nullptr;
  for (vm_area_struct* vma = mm->mmap.get(); vma != nullptr && why == nullptr;
       vma = vma->vm_next.get())
    if (vma->vm_file.get() == nullptr && !reap(vma)) why = "a subscriber refused";
  up_read(&mm->mmap_sem);
  return why;
}

}  // namespace rw::mm
