#include "targets/device/kvm.h"

#include <fmt/format.h>

#include "targets/device/alive.h"
#include "targets/mm/data_oracle.h"
#include "targets/mm/design.h"
#include "targets/mm/fault.h"
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

kvm* kvm_of(mmu_notifier* mn) {
  return RW_ENTRY(mn, kvm, mn);
}
kvm* kvm_of(subscriber* device) {
  return reinterpret_cast<kvm*>(device);
}

// Waits until the guest is in no access that began before.
void kvm_flush_remote_tlbs(kvm* k) {
  sync::operation scope("kvm_flush_remote_tlbs", k);
  spin_lock(&k->hardware);
  spin_unlock(&k->hardware);
}

// mmu_lock is held.
bool maps_address(const kvm* k, unsigned address) {
  return (k->mapped.get() >> address & 1U) != 0;
}

// mmu_lock is held.
void unmap_range(kvm* k, unsigned start, unsigned end) {
  const std::uint64_t before = k->mapped.get();
  for (unsigned address = start; address < end; ++address) {
    if (!maps_address(k, address)) continue;
    const pte_t spte = xchg(&k->spte[address], 0);
    if (mm::pte_write(spte)) mm::set_page_dirty(mm::pte_page(spte));
    k->mapped.set(k->mapped.get() & ~(std::uint64_t{1} << address));
    RW_NOTE("drop spte {}[{:#x}]", object_name(k), address);
    reached(reach_counter::secondary_zapped);
  }
  if (k->mapped.get() != before) kvm_flush_remote_tlbs(k);
}

[[noreturn]] void fail_balance(const kvm* k, const char* what, sync::site where) {
  sync::fail(
      "notifier-imbalance", {"kvm.mmu_notifier_count", what},
      fmt::format("{} counts {} open invalidations", object_name(k), k->mmu_notifier_count.peek()),
      where);
}

// O3. A count below zero is found when somebody relies on it, not in range_end: until then a page
// may be freed under a stale mapping, which says more.
void check_not_negative(const kvm* k, sync::site where = sync::site::current()) {
  if (k->mmu_notifier_count.peek() < 0) fail_balance(k, "more ends than starts", where);
}

// ---- callbacks ----------------------------------------------------------------------------------

void kvm_mmu_notifier_release(mmu_notifier* mn, mm_struct*) {
  kvm* k = kvm_of(mn);
  spin_lock(&k->mmu_lock);
  check_not_negative(k);
  if (k->released.get() != 0) reached(reach_counter::release_twice);
  k->released.set(1);
  unmap_range(k, 0, mm::kPages);
  spin_unlock(&k->mmu_lock);
}

// Never sleeps, so never refuses.
bool kvm_mmu_notifier_invalidate_range_start(mmu_notifier* mn, mm_struct*, unsigned start,
                                             unsigned end, bool) {
  kvm* k = kvm_of(mn);
  spin_lock(&k->mmu_lock);
  const int count = k->mmu_notifier_count.add(1);
  RW_NOTE("range_start {}: count {} -> {}", object_name(k), count - 1, count);
  const std::uint64_t before = k->mapped.get();
  unmap_range(k, start, end);
  k->dropped_in_range.set((count == 1 ? 0 : k->dropped_in_range.get()) |
                          (before & ~k->mapped.get()));
  spin_unlock(&k->mmu_lock);
  return true;
}

void kvm_mmu_notifier_invalidate_range_end(mmu_notifier* mn, mm_struct*, unsigned, unsigned) {
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
  const bool young =
      maps_address(k, address) && test_and_clear_bit(mm::kPteYoungBit, &k->spte[address]);
  if (young) kvm_flush_remote_tlbs(k);
  spin_unlock(&k->mmu_lock);
  return young;
}

constexpr mm::mmu_notifier_ops kOps = {
    .release = kvm_mmu_notifier_release,
    .clear_flush_young = kvm_mmu_notifier_clear_flush_young,
    .invalidate_range_start = kvm_mmu_notifier_invalidate_range_start,
    .invalidate_range_end = kvm_mmu_notifier_invalidate_range_end,
    .invalidate_page = kvm_mmu_notifier_invalidate_page,
    .change_pte = kvm_mmu_notifier_change_pte,
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
  spin_lock_init(&k->hardware, mm::device_hardware_class);
  k->mm.set(mm);
  k->mmu_notifier_count.set(0);
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
  mmu_notifier_unregister(&k->mn, k->mm.get());
  check_not_negative(k);
  leave_alive(&g_alive, k);
  kmem_cache_free(g_cache, k);
}

mm_struct* address_space(subscriber* device) {
  return kvm_of(device)->mm.get();
}

// ---- the guest ----------------------------------------------------------------------------------

// mmu_lock is held. Whether the mm's ptes may have changed since `seq` was sampled.
bool mmu_notifier_retry(kvm* k, std::uint32_t seq) {
  check_not_negative(k);
  if (mm::design().retry != mm::retry::seq_only && k->mmu_notifier_count.get() != 0) {
    reached(reach_counter::secondary_retry_count);
    return true;
  }
  if (mm::design().retry == mm::retry::count_only) return false;
  smp_rmb();
  if (READ_ONCE(k->mmu_notifier_seq) == seq) return false;
  reached(reach_counter::secondary_retry_seq);
  return true;
}

// mmu_lock is held.
void set_spte(kvm* k, unsigned address, const page* p, bool write) {
  k->mapped.set(k->mapped.get() | std::uint64_t{1} << address);
  smp_store_release(&k->spte[address], mm::mk_pte(p, write));
  RW_NOTE("install spte {}[{:#x}] -> {}", object_name(k), address, object_name(p));
  reached(reach_counter::secondary_installed);
}

// One try. *why: null if the page is mapped now or a retry may help.
bool try_fault(kvm* k, unsigned address, bool write, const char** why) {
  using mm::retry;
  const retry how = mm::design().retry;
  std::uint32_t seq = READ_ONCE(k->mmu_notifier_seq);
  smp_rmb();
  page* p = mm::get_user_page(k->mm.get(), address, write, why);
  if (p == nullptr) return false;
  if (how == retry::seq_after_gup) seq = READ_ONCE(k->mmu_notifier_seq);
  const bool refused_early = how == retry::test_unlocked && mmu_notifier_retry(k, seq);
  spin_lock(&k->mmu_lock);
  const bool closing = k->released.get() != 0;
  const bool refused = how == retry::test_unlocked ? refused_early : mmu_notifier_retry(k, seq);
  const bool done = !closing && !refused;
  if (how == retry::install_unlocked) spin_unlock(&k->mmu_lock);
  if (done) set_spte(k, address, p, write);
  if (how != retry::install_unlocked) spin_unlock(&k->mmu_lock);
  mm::put_page(p);
  if (closing) *why = "the device is being released";
  return done;
}

const char* fault(subscriber* device, unsigned address, bool write) {
  constexpr unsigned kTries = 2;
  kvm* k = kvm_of(device);
  const char* why = nullptr;
  for (unsigned i = 0; i < kTries; ++i) {
    if (try_fault(k, address, write, &why)) return nullptr;
    if (why != nullptr) return why;
    sync::relax();  // gives the invalidation that is open a turn
  }
  return "invalidations were in the way; the guest will fault again";
}

// The guest's access; false: its page table has no such mapping.
bool guest_access(kvm* k, unsigned address, bool write, std::uint64_t* token,
                  sync::site where = sync::site::current()) {
  sync::operation scope("guest_access", &k->spte[address], where);
  spin_lock(&k->hardware);
  const pte_t spte = smp_load_acquire(&k->spte[address], where);
  const bool mapped = mm::pte_present(spte) && (!write || mm::pte_write(spte));
  if (mapped) {
    page* p = mm::pte_page(spte);
    set_bit(mm::kPteYoungBit, &k->spte[address], where);
    if (write) {
      WRITE_ONCE(p->content, *token, where);
      mm::data_write(mm::data_key(k->mm.get(), address), *token);
    } else {
      *token = READ_ONCE(p->content, where);
      mm::data_read(mm::data_key(k->mm.get(), address), *token, where);
    }
  }
  spin_unlock(&k->hardware);
  return mapped;
}

const char* access(subscriber* device, unsigned address, bool write) {
  kvm* k = kvm_of(device);
  std::uint64_t token = write ? mm::data_new_token() : 0;
  if (!guest_access(k, address, write, &token)) return "the guest would fault";
  RW_NOTE("guest {} {}[{:#x}]: {}", write ? "writes" : "reads", object_name(k), address, token);
  return nullptr;
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

// One that was unlinked in the middle of an invalidation gets no end for it: only those still
// linked must balance.
void check_balance() {
  for (const kvm* k = g_alive.get(); k != nullptr; k = k->next_alive.get()) {
    check_not_negative(k);
    if (mmu_notifier_linked(&k->mn) && k->mmu_notifier_count.peek() != 0)
      fail_balance(k, "more starts than ends", sync::site::current());
  }
}

constexpr mm::subscriber_driver kDriver = {
    .name = "kvm",
    .begin = begin,
    .open = open,
    .get = get,
    .put = put,
    .mm = address_space,
    .fault = fault,
    .access = access,
    .who_maps = who_maps,
    .references = nullptr,
    .check_balance = check_balance,
};

}  // namespace

const mm::subscriber_driver& kvm_driver() {
  return kDriver;
}

}  // namespace rw::device
