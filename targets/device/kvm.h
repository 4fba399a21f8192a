// kvm: a subscriber with shadow page tables that hold no page references (unless the axis spte_page
// says so), and the retry protocol.
//
// Models virt/kvm/kvm_main.c and a shadow MMU of 3.8: mmu_notifier_count and _seq under mmu_lock; a
// secondary fault samples seq, gets the page from the mm, and installs its spte only if no
// invalidation was open or has passed since. An spte is dropped by range_start, never by the page's
// end (the spte keeps no reference on it), so a missed invalidation is a use of a freed page.
// A guest access is one step under the device's hardware lock, which a flush of the secondary TLB
// takes.
// Simplified: guest page = page of the mm; one virtual CPU's TLB for all; no dirty logging, no
// async faults; a fault that is refused twice gives up, as a guest that will fault again.
// With retry=lockless a fault holds no mmu_lock: the shadow page table has a lock of its own, as
// KVM on POWER has a bit for each guest page (one for all here; a355aa54f1d2). With retry=hull an
// open invalidation stands in the way of a fault only within the hull of those open, which grows
// until none is (5.12).
#pragma once

#include "targets/mm/design.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/subscriber.h"

namespace rw::device {

struct kvm {
  mm::mmu_notifier mn;
  kernel::atomic_t users_count;
  kernel::spinlock_t mmu_lock;
  kernel::spinlock_t spte_lock;  // with retry=lockless: spte, mapped, released; below mmu_lock
  kernel::spinlock_t hardware;
  sync::cell<mm::mm_struct*> mm;       // constant; an mm_count keeps it
  sync::cell<int> mmu_notifier_count;  // invalidations open: under mmu_lock
  sync::atomic<int> open;              // the same for who has no mmu_lock (retry=lockless)
  sync::cell<unsigned> hull_start;     // [start, end) of those open, with retry=hull:
  sync::cell<unsigned> hull_end;       // likewise
  sync::cell<std::uint32_t> released;  // nothing may be installed: under mmu_lock
  sync::atomic<std::uint32_t> mmu_notifier_seq;  // invalidations ended: read without the lock
  // As a pte: frame, writable, young. Written under mmu_lock, with release order; the hardware
  // reads them with acquire order, which stands for its address dependency.
  sync::atomic<mm::pte_t> spte[mm::kPages];
  sync::cell<std::uint64_t> mapped;             // bit a: spte[a] is not 0: under mmu_lock
  sync::ghost<kvm*> next_alive;                 // for oracles, as the next one
  sync::ghost<std::uint64_t> dropped_in_range;  // as mapped: dropped by the invalidations now open
};

const mm::subscriber_driver& kvm_driver();

inline kvm* kvm_of(mm::mmu_notifier* mn) {
  return RW_ENTRY(mn, kvm, mn);
}
inline kvm* kvm_of(mm::subscriber* device) {
  return reinterpret_cast<kvm*>(device);
}

// Whether an spte keeps a reference on its page (axis spte_page).
inline bool kvm_pins_pages() {
  return mm::design().spte_page == mm::spte_page::pinned;
}

// Whether a fault installs its mapping without mmu_lock (axis retry).
inline bool kvm_faults_without_mmu_lock() {
  return mm::design().retry == mm::retry::lockless ||
         mm::design().retry == mm::retry::lockless_unordered;
}

// kvm_guest.cc: fault and access of the driver.
const char* kvm_guest_fault(mm::subscriber* device, unsigned address, bool write);
bool kvm_guest_access(mm::subscriber* device, unsigned address, bool write);
// O3. A count below zero is found when somebody relies on it, not in range_end: until then a page
// may be freed under a stale mapping, which says more.
void kvm_check_count(const kvm* k, sync::site where = sync::site::current());
[[noreturn]] void kvm_fail_balance(const kvm* k, const char* what, sync::site where);

}  // namespace rw::device

template <>
inline constexpr rw::sync::value_words rw::sync::words_of<&rw::device::kvm::spte> =
    rw::mm::pte_in_words;
RW_TYPE_NAMED(rw::device::kvm, "kvm", mn, users_count, mmu_lock, spte_lock, hardware, mm,
              mmu_notifier_count, open, hull_start, hull_end, released, mmu_notifier_seq, spte,
              mapped, next_alive, dropped_in_range)
