// What a guest does: it faults pages of the mm into its shadow page table, and accesses them.
#include <fmt/format.h>

#include "targets/device/contents.h"
#include "targets/device/kvm.h"
#include "targets/mm/data_oracle.h"
#include "targets/mm/design.h"
#include "targets/mm/fault.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"

namespace rw::device {

using namespace ::rw::kernel;  // NOLINT: as in the core
using mm::object_name;
using mm::page;
using mm::pte_t;
using mm::reach_counter;
using mm::reached;
using mm::subscriber;

void kvm_fail_balance(const kvm* k, const char* what, sync::site where) {
  sync::fail(
      "notifier-imbalance", {"kvm.mmu_notifier_count", what},
      fmt::format("{} counts {} open invalidations", object_name(k), k->mmu_notifier_count.peek()),
      where);
}

void kvm_check_count(const kvm* k, sync::site where) {
  if (k->mmu_notifier_count.peek() < 0) kvm_fail_balance(k, "more ends than starts", where);
}

namespace {

// The fault's lock is held and an invalidation is open. Whether it may concern `address`.
bool in_the_way(const kvm* k, unsigned address) {
  const mm::retry how = mm::design().retry;
  if (how != mm::retry::hull && how != mm::retry::hull_shrunk) return true;
  return k->hull_start.get() <= address && address < k->hull_end.get();
}

// The fault's lock is held. Whether the mm's pte of `address` may have changed since `seq` was
// sampled.
bool mmu_notifier_retry(kvm* k, std::uint32_t seq, unsigned address) {
  const mm::retry how = mm::design().retry;
  kvm_check_count(k);
  const bool lockless = kvm_faults_without_mmu_lock();
  if (how != mm::retry::seq_only &&
      (lockless ? READ_ONCE(k->open) : k->mmu_notifier_count.get()) != 0 &&
      in_the_way(k, address)) {
    reached(reach_counter::secondary_retry_count);
    return true;
  }
  if (how == mm::retry::count_only) return false;
  // Who sees an invalidation's end in the count sees it in the sequence.
  if (how != mm::retry::lockless_unordered) smp_rmb();
  if (READ_ONCE(k->mmu_notifier_seq) == seq) return false;
  reached(reach_counter::secondary_retry_seq);
  return true;
}

// The fault's lock is held. With pinned pages it takes over the caller's reference.
void set_spte(kvm* k, unsigned address, page* p, bool write) {
  const bool replaces = kvm_pins_pages() && (k->mapped.get() >> address & 1U) != 0;
  page* old = replaces ? mm::pte_page(READ_ONCE(k->spte[address])) : nullptr;
  k->mapped.set(k->mapped.get() | std::uint64_t{1} << address);
  smp_store_release(&k->spte[address], mm::mk_pte(p, write));
  RW_NOTE("install spte {}[{:#x}] -> {}", object_name(k), address, object_name(p));
  reached(reach_counter::secondary_installed);
  // The same page, made writable: an invalidation would have dropped any other.
  if (old != nullptr) mm::put_page(old);
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
  const bool refused_early = how == retry::test_unlocked && mmu_notifier_retry(k, seq, address);
  spinlock_t* lock = kvm_faults_without_mmu_lock() ? &k->spte_lock : &k->mmu_lock;
  spin_lock(lock);
  const bool closing = k->released.get() != 0;
  const bool refused =
      how == retry::test_unlocked ? refused_early : mmu_notifier_retry(k, seq, address);
  const bool done = !closing && !refused;
  if (how == retry::install_unlocked) spin_unlock(lock);
  if (done) set_spte(k, address, p, write);
  if (how != retry::install_unlocked) spin_unlock(lock);
  if (!done || !kvm_pins_pages()) mm::put_page(p);
  if (closing) *why = "the device is being released";
  return done;
}

// The guest's access; false: its page table has no such mapping.
bool guest_access(kvm* k, unsigned address, bool write, std::uint64_t* token,
                  sync::site where = sync::site::current()) {
  sync::operation scope("guest_access", &k->spte[address], where);
  spin_lock(&k->hardware);
  const pte_t spte = smp_load_acquire(&k->spte[address], where);
  const bool mapped = mm::pte_present(spte) && (!write || mm::pte_write(spte));
  if (mapped) {
    set_bit(mm::kPteYoungBit, &k->spte[address], where);
    access_contents(k->mm.get(), address, mm::pte_page(spte), write, token, where);
  }
  spin_unlock(&k->hardware);
  return mapped;
}

}  // namespace

const char* kvm_guest_fault(subscriber* device, unsigned address, bool write) {
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

bool kvm_guest_access(subscriber* device, unsigned address, bool write) {
  kvm* k = kvm_of(device);
  std::uint64_t token = write ? mm::data_new_token() : 0;
  if (!guest_access(k, address, write, &token)) return false;
  RW_NOTE("guest {} {}[{:#x}]: {}", write ? "writes" : "reads", object_name(k), address, token);
  return true;
}

}  // namespace rw::device
