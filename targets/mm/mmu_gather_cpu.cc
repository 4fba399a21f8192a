#include "targets/mm/mmu_gather_cpu.h"

#include "targets/mm/design.h"
#include "targets/mm/world.h"

namespace rw::mm {

bool gather_is_per_cpu() {
  return design().gather == gather::per_cpu || design().gather == gather::per_cpu_whole ||
         design().gather == gather::per_cpu_unflushed;
}

void get_cpu_gather(mmu_gather* tlb, sync::site where) {
  preempt_disable(where);
  tlb->cpu = &w().cpu_gathers[sync::current_task()];
  tlb->zap_work = kZapBlock;
  RW_NOTE("preemption off: mmu_gathers of CPU {}", sync::current_task());
}

void put_cpu_gather(mmu_gather* tlb, sync::site where) {
  RW_CHECK(tlb->count == 0, "a gather is given back with pages in it");
  tlb->cpu = nullptr;
  preempt_enable(where);
  RW_NOTE("preemption on");
}

bool zap_block_done(mmu_gather* tlb) {
  if (design().gather == gather::per_cpu_whole) return false;
  return --tlb->zap_work == 0;
}

}  // namespace rw::mm
