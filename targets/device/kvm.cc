#include "targets/device/kvm.h"

#include <fmt/format.h>

#include <algorithm>

#include "targets/device/alive.h"
#include "targets/mm/design.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"

namespace rw::device {

using namespace ::rw::kernel;  // NOLINT: as in the core
using mm::mm_struct;
using mm::mmu_notifier;
using mm::object_name;
using mm::page;
using mm::pte_t;
using mm::reach_counter;
using mm::reached;
using mm::subscriber;

namespace {

kmem_cache* g_cache;        // of kvms, of this execution
sync::ghost<kvm*> g_alive;  // those that are not freed

// Waits until the guest is in no access that began before.
void kvm_flush_remote_tlbs(kvm* k) {
  sync::operation scope("kvm_flush_remote_tlbs", k);
  spin_lock(&k->hardware);
  spin_unlock(&k->hardware);
}

// mmu_lock is held. The shadow page table's own lock, where faults do without mmu_lock.
void lock_sptes(kvm* k) {
  if (kvm_faults_without_mmu_lock()) spin_lock(&k->spte_lock);
}
void unlock_sptes(kvm* k) {
  if (kvm_faults_without_mmu_lock()) spin_unlock(&k->spte_lock);
}

// sptes are locked.
bool maps_address(const kvm* k, unsigned address) {
  return (k->mapped.get() >> address & 1U) != 0;
}

// mmu_lock is held. Returns which addresses were mapped, as kvm.mapped does.
std::uint64_t unmap_range(kvm* k, unsigned start, unsigned end) {
  lock_sptes(k);
  const std::uint64_t before = k->mapped.get();
  page* pinned[mm::kPages];
  unsigned count = 0;
  for (unsigned address = start; address < end; ++address) {
    if (!maps_address(k, address)) continue;
    const pte_t spte = xchg(&k->spte[address], 0);
    if (mm::pte_write(spte)) mm::set_page_dirty(mm::pte_page(spte));
    if (kvm_pins_pages()) pinned[count++] = mm::pte_page(spte);
    k->mapped.set(k->mapped.get() & ~(std::uint64_t{1} << address));
    RW_NOTE("drop spte {}[{:#x}]", object_name(k), address);
    reached(reach_counter::secondary_zapped);
  }
  const std::uint64_t dropped = before & ~k->mapped.get();
  if (dropped != 0) kvm_flush_remote_tlbs(k);
  unlock_sptes(k);
  while (count > 0) mm::put_page(pinned[--count]);
  return dropped;
}

// mmu_lock is held, and `count` invalidations are open now.
void tell_lockless_faults(kvm* k, int count) {
  if (kvm_faults_without_mmu_lock()) WRITE_ONCE(k->open, count);
}

// mmu_lock is held, and one more invalidation is open.
void grow_hull(kvm* k, unsigned start, unsigned end) {
  const bool first = k->mmu_notifier_count.get() == 1;
  k->hull_start.set(first ? start : std::min(start, k->hull_start.get()));
  k->hull_end.set(first ? end : std::max(end, k->hull_end.get()));
}

// mmu_lock is held, and one less invalidation is open. The hull cannot tell what of it the others
// need, so it stays until none is open; the wrong form shrinks it.
void shrink_hull(kvm* k, unsigned start, unsigned end) {
  if (mm::design().retry != mm::retry::hull_shrunk) return;
  if (start <= k->hull_start.get()) k->hull_start.set(std::min(end, k->hull_end.get()));
  if (end >= k->hull_end.get()) k->hull_end.set(std::max(start, k->hull_start.get()));
}

// ---- callbacks ----------------------------------------------------------------------------------

void kvm_mmu_notifier_release(mmu_notifier* mn, mm_struct*) {
  kvm* k = kvm_of(mn);
  spin_lock(&k->mmu_lock);
  kvm_check_count(k);
  if (k->released.get() != 0) reached(reach_counter::release_twice);
  lock_sptes(k);
  k->released.set(1);
  unlock_sptes(k);
  unmap_range(k, 0, mm::kPages);
  spin_unlock(&k->mmu_lock);
}

// Never sleeps, so never refuses.
bool kvm_mmu_notifier_invalidate_range_start(mmu_notifier* mn, mm_struct*, unsigned start,
                                             unsigned end, bool) {
  kvm* k = kvm_of(mn);
  spin_lock(&k->mmu_lock);
  const int count = k->mmu_notifier_count.add(1);
  tell_lockless_faults(k, count);
  RW_NOTE("range_start {}: count {} -> {}", object_name(k), count - 1, count);
  grow_hull(k, start, end);
  const std::uint64_t dropped = unmap_range(k, start, end);
  k->dropped_in_range.set((count == 1 ? 0 : k->dropped_in_range.get()) | dropped);
  spin_unlock(&k->mmu_lock);
  return true;
}

void kvm_mmu_notifier_invalidate_range_end(mmu_notifier* mn, mm_struct*, unsigned start,
                                           unsigned end) {
  kvm* k = kvm_of(mn);
  if (mm::design().retry == mm::retry::end_unlocked) {
    k->mmu_notifier_count.add(-1);
    atomic_inc(&k->mmu_notifier_seq);
    return;
  }
  spin_lock(&k->mmu_lock);
  // The next fault must see that this invalidation happened ...
  atomic_inc(&k->mmu_notifier_seq);
  smp_wmb();
  // ... before it can see that none is open.
  const int count = k->mmu_notifier_count.add(-1);
  tell_lockless_faults(k, count);
  shrink_hull(k, start, end);
  RW_NOTE("range_end {}: count {} -> {}", object_name(k), count + 1, count);
  spin_unlock(&k->mmu_lock);
}

void kvm_mmu_notifier_invalidate_page(mmu_notifier* mn, mm_struct*, unsigned address) {
  kvm* k = kvm_of(mn);
  spin_lock(&k->mmu_lock);
  atomic_inc(&k->mmu_notifier_seq);
  unmap_range(k, address, address + 1);
  spin_unlock(&k->mmu_lock);
}

// The model drops the spte; the kernel's points it to the new page, read-only. An spte that the
// open range has dropped already is what this call was to save.
void kvm_mmu_notifier_change_pte(mmu_notifier* mn, mm_struct*, unsigned address) {
  kvm* k = kvm_of(mn);
  spin_lock(&k->mmu_lock);
  if ((k->dropped_in_range.get() >> address & 1U) != 0)
    sync::fail("useless-callback", {"change_pte"},
               fmt::format("{} is to change its mapping of {:#x}, which range_start made it drop",
                           object_name(k), address));
  atomic_inc(&k->mmu_notifier_seq);
  unmap_range(k, address, address + 1);
  spin_unlock(&k->mmu_lock);
}

bool kvm_mmu_notifier_clear_flush_young(mmu_notifier* mn, mm_struct*, unsigned address) {
  kvm* k = kvm_of(mn);
  spin_lock(&k->mmu_lock);
  lock_sptes(k);
  const bool young =
      maps_address(k, address) && test_and_clear_bit(mm::kPteYoungBit, &k->spte[address]);
  if (young) kvm_flush_remote_tlbs(k);
  unlock_sptes(k);
  spin_unlock(&k->mmu_lock);
  return young;
}

// Nobody knows it any more, and no callback of it runs.
void free_notifier(mmu_notifier* mn) {
  kvm* k = kvm_of(mn);
  kvm_check_count(k);
  leave_alive(&g_alive, k);
  kmem_cache_free(g_cache, k);
}

constexpr mm::mmu_notifier_ops kOps = {
    .release = kvm_mmu_notifier_release,
    .clear_flush_young = kvm_mmu_notifier_clear_flush_young,
    .invalidate_range_start = kvm_mmu_notifier_invalidate_range_start,
    .invalidate_range_end = kvm_mmu_notifier_invalidate_range_end,
    .invalidate_page = kvm_mmu_notifier_invalidate_page,
    .change_pte = kvm_mmu_notifier_change_pte,
    .free_notifier = free_notifier,
};

// ---- life ---------------------------------------------------------------------------------------

void begin() {
  g_cache = kmem_cache_create<kvm>();
  g_alive.set(nullptr);
}

subscriber* open(mm_struct* mm) {
  auto* k = kmem_cache_alloc<kvm>(g_cache);
  if (k == nullptr) return nullptr;
  new (&k->users_count) atomic_t(1);
  spin_lock_init(&k->mmu_lock, mm::mmu_lock_class);
  spin_lock_init(&k->spte_lock, mm::spte_lock_class);
  spin_lock_init(&k->hardware, mm::device_hardware_class);
  k->mm.set(mm);
  k->mmu_notifier_count.set(0);
  new (&k->open) sync::atomic<int>(0);
  k->hull_start.set(0);
  k->hull_end.set(0);
  k->released.set(0);
  new (&k->mmu_notifier_seq) sync::atomic<std::uint32_t>(0U);
  for (auto& spte : k->spte) new (&spte) sync::atomic<pte_t>(0U);
  k->mapped.set(0);
  k->dropped_in_range.set(0);
  mmu_notifier_init(&k->mn, &kOps);
  join_alive(&g_alive, k);
  if (!mmu_notifier_register(&k->mn, mm)) {
    leave_alive(&g_alive, k);
    kmem_cache_free(g_cache, k);
    return nullptr;
  }
  return reinterpret_cast<subscriber*>(k);
}

void get(subscriber* device) {
  atomic_inc(&kvm_of(device)->users_count);
}

void put(subscriber* device) {
  kvm* k = kvm_of(device);
  if (!atomic_dec_and_test(&k->users_count)) return;
  if (mm::design().notifier_unlink == mm::notifier_unlink::U7) {
    // Nobody calls release for it.
    kvm_mmu_notifier_release(&k->mn, k->mm.get());
    mmu_notifier_put(&k->mn, k->mm.get());
    return;
  }
  mmu_notifier_unregister(&k->mn, k->mm.get());
  free_notifier(&k->mn);
}

mm_struct* address_space(subscriber* device) {
  return kvm_of(device)->mm.get();
}

// ---- oracles ------------------------------------------------------------------------------------

const subscriber* who_maps(const page* p) {
  for (const kvm* k = g_alive.get(); k != nullptr; k = k->next_alive.get())
    for (std::uint64_t set = k->mapped.peek(); set != 0; set &= set - 1) {
      const pte_t spte = k->spte[__builtin_ctzll(set)].peek();
      if (mm::pte_present(spte) && mm::pte_page(spte) == p)
        return reinterpret_cast<const subscriber*>(k);
    }
  return nullptr;
}

const subscriber* who_writes(const mm_struct* mm, unsigned start, unsigned end) {
  for (const kvm* k = g_alive.get(); k != nullptr; k = k->next_alive.get())
    for (unsigned address = start; k->mm.peek() == mm && address < end; ++address)
      if (mm::pte_write(k->spte[address].peek())) return reinterpret_cast<const subscriber*>(k);
  return nullptr;
}

unsigned references(const page* p) {
  unsigned count = 0;
  if (!kvm_pins_pages()) return count;
  for (const kvm* k = g_alive.get(); k != nullptr; k = k->next_alive.get())
    for (std::uint64_t set = k->mapped.peek(); set != 0; set &= set - 1)
      count += mm::pte_page(k->spte[__builtin_ctzll(set)].peek()) == p ? 1 : 0;
  return count;
}

// One that was unlinked in the middle of an invalidation gets no end for it: only those still
// linked must balance.
void check_balance() {
  for (const kvm* k = g_alive.get(); k != nullptr; k = k->next_alive.get()) {
    kvm_check_count(k);
    if (mmu_notifier_linked(&k->mn) && k->mmu_notifier_count.peek() != 0)
      kvm_fail_balance(k, "more starts than ends", sync::site::current());
  }
}

constexpr mm::subscriber_driver kDriver = {
    .name = "kvm",
    .sleeps = false,
    .begin = begin,
    .open = open,
    .get = get,
    .put = put,
    .mm = address_space,
    .fault = kvm_guest_fault,
    .access = kvm_guest_access,
    .who_maps = who_maps,
    .who_writes = who_writes,
    .references = references,
    .check_balance = check_balance,
};

}  // namespace

const mm::subscriber_driver& kvm_driver() {
  return kDriver;
}

}  // namespace rw::device
