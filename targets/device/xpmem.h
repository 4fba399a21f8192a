// xpmem: a subscriber whose callbacks sleep, and whose mappings hold page references.
//
// Models the use that SGI's XPMEM made of the notifiers in 2008: another node maps pages of a
// process, and an invalidation has to wait until that node has let go. Here the other node's access
// holds the attachment's mutex, and range_start waits for it. A mapping keeps a reference on its
// page, so a missed invalidation is wrong data or a leak, not a use of a freed page.
// A range_start that may not block is refused if the mutex is taken.
// Simplified: its range_end may sleep even where its start may not; one attachment per device; the
// retry protocol is kvm's, under the mutex. It has no accessed bits, so it is not asked for them.
#pragma once

#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/subscriber.h"

namespace rw::device {

struct xpmem {
  mm::mmu_notifier mn;
  kernel::atomic_t users_count;
  kernel::mutex lock;                        // all that follows; may sleep
  sync::cell<mm::mm_struct*> mm;             // constant; an mm_count keeps it
  sync::cell<int> open_ranges;               // invalidations open
  sync::cell<std::uint32_t> passed_ranges;   // invalidations ended
  sync::cell<std::uint32_t> released;        // nothing may be mapped
  sync::cell<mm::pte_t> mapped[mm::kPages];  // as a pte; 0: not mapped. A reference each
  sync::ghost<xpmem*> next_alive;            // for oracles
};

const mm::subscriber_driver& xpmem_driver();

}  // namespace rw::device

RW_TYPE_NAMED(rw::device::xpmem, "xpmem", mn, users_count, lock, mm, open_ranges, passed_ranges,
              released, mapped, next_alive)
