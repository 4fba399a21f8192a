// gru: a subscriber that has no page table of its own: a TLB, filled on a miss and flushed by range
// callbacks.
//
// Models drivers/misc/sgi-gru of 2.6.29 to 5.4 (grufault.c, grutlbpurge.c) as far as it touches the
// notifiers. A fault waits while an invalidation is open (ms_range_active and its wait queue), then
// walks the mm's page table without locks or, if that fails, asks get_user_page and drops the
// reference at once: nothing keeps the page. It needs no sequence, for the hardware closes the
// window between walk and fill: the fault is in a fault handle (TFH), a flush of its address takes
// it out, and the fill of a fault that has no handle any more is ignored.
// Changed: release flushes, which the driver leaves to the close of its contexts. It says first
// that it has begun (ms_released), so that a second one may leave the flush to it and return early
// (release_again): then whoever calls both must keep the pages until the first is over. The walk
// has interrupts off, as get_user_page_fast, for the mmap_sem that the driver's caller holds.
// Simplified: one context per device, one handle per CPU. Left out: user polling mode, page sizes,
// preloads.
#pragma once

#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/subscriber.h"
#include "targets/mm/tlb.h"

namespace rw::device {

struct gru {
  mm::mmu_notifier mn;
  kernel::atomic_t users_count;
  kernel::atomic_t ms_range_active;         // invalidations open
  kernel::wait_queue_head_t ms_wait_queue;  // until there is none
  sync::atomic<std::uint32_t> ms_released;  // bit 0: release has begun
  kernel::spinlock_t hardware;              // what the chip does in one go: all that follows
  sync::cell<std::uint32_t> valid;          // bit a: tlb[a] holds the translation of page a
  sync::cell<mm::pte_t> tlb[mm::kPages];
  sync::cell<std::uint32_t> tfh[mm::kMaxCpus];  // 1 + address of each CPU's fault; 0: none
  sync::cell<mm::mm_struct*> mm;                // constant; an mm_count keeps it
  sync::ghost<gru*> next_alive;                 // for oracles
};

const mm::subscriber_driver& gru_driver();

}  // namespace rw::device

RW_TYPE_NAMED(rw::device::gru, "gru", mn, users_count, ms_range_active, ms_wait_queue, ms_released,
              hardware, valid, tlb, tfh, mm, next_alive)
