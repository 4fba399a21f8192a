#include "targets/device/gru.h"

#include <fmt/format.h>

#include "targets/device/alive.h"
#include "targets/device/contents.h"
#include "targets/mm/data_oracle.h"
#include "targets/mm/design.h"
#include "targets/mm/fault.h"
#include "targets/mm/gup_fast.h"
#include "targets/mm/reach.h"

namespace rw::device {

using namespace ::rw::kernel;  // NOLINT: as in the core
using mm::mm_struct;
using mm::mmu_notifier;
using mm::page;
using mm::pte_t;
using mm::reach_counter;
using mm::reached;
using mm::subscriber;

namespace {

kmem_cache* g_cache;        // of this execution
sync::ghost<gru*> g_alive;  // those that are not freed

gru* gru_of(mmu_notifier* mn) {
  return RW_ENTRY(mn, gru, mn);
}
gru* gru_of(subscriber* device) {
  return reinterpret_cast<gru*>(device);
}

// O3. As with kvm a count below zero is found by who relies on it.
void check_range_active(const gru* g, sync::site where = sync::site::current()) {
  const int active = g->ms_range_active.peek();
  if (active < 0)
    sync::fail("notifier-imbalance", {"gru.ms_range_active", "more ends than starts"},
               fmt::format("{} counts {} open invalidations", object_name(g), active), where);
}

// ---- the chip -----------------------------------------------------------------------------------

// The chip notes the miss: from here a flush of the address stops its fill.
void tfh_miss(gru* g, unsigned address) {
  sync::operation scope("tfh_miss", g);
  spin_lock(&g->hardware);
  g->tfh[sync::current_task()].set(1 + address);
  spin_unlock(&g->hardware);
}

// False: the fill was ignored.
bool tfh_write_restart(gru* g, unsigned address, pte_t pte) {
  sync::operation scope("tfh_write_restart", g);
  spin_lock(&g->hardware);
  auto& tfh = g->tfh[sync::current_task()];
  const bool accepted = tfh.get() == 1 + address;
  if (accepted) {
    g->tlb[address].set(pte);
    g->valid.set(g->valid.get() | 1U << address);
    RW_NOTE("fill {}[{:#x}] -> {}", object_name(g), address, object_name(mm::pte_page(pte)));
  }
  tfh.set(0);
  spin_unlock(&g->hardware);
  reached(accepted ? reach_counter::gru_filled : reach_counter::gru_fill_ignored);
  return accepted;
}

// No access under a translation of [start, end) that began before the call, and no fill from a page
// table read before it.
void gru_flush_tlb_range(gru* g, unsigned start, unsigned end) {
  sync::operation scope("gru_flush_tlb_range", g);
  spin_lock(&g->hardware);
  const std::uint32_t hit = g->valid.get() & ((1U << end) - (1U << start));
  if (hit != 0) reached(reach_counter::gru_flushed);
  g->valid.set(g->valid.get() & ~hit);
  for (auto& tfh : g->tfh)
    if (tfh.get() > start && tfh.get() <= end) tfh.set(0);
  spin_unlock(&g->hardware);
}

// ---- callbacks ----------------------------------------------------------------------------------

void gru_release(mmu_notifier* mn, mm_struct*) {
  gru* g = gru_of(mn);
  const bool again = test_and_set_bit(0, &g->ms_released);
  if (again) reached(reach_counter::release_twice);
  if (again && mm::design().release_again == mm::release_again::returns_early) return;
  gru_flush_tlb_range(g, 0, mm::kPages);
}

// Never sleeps, so never refuses.
bool gru_invalidate_range_start(mmu_notifier* mn, mm_struct*, unsigned start, unsigned end, bool) {
  gru* g = gru_of(mn);
  // First: a fault whose miss comes behind the flush waits.
  atomic_inc(&g->ms_range_active);
  gru_flush_tlb_range(g, start, end);
  return true;
}

void gru_invalidate_range_end(mmu_notifier* mn, mm_struct*, unsigned, unsigned) {
  gru* g = gru_of(mn);
  atomic_dec(&g->ms_range_active);
  wake_up(&g->ms_wait_queue);
}

void gru_invalidate_page(mmu_notifier* mn, mm_struct*, unsigned address) {
  gru_flush_tlb_range(gru_of(mn), address, address + 1);
}

// Nobody knows it any more, and no callback of it runs.
void free_notifier(mmu_notifier* mn) {
  gru* g = gru_of(mn);
  check_range_active(g);
  leave_alive(&g_alive, g);
  kmem_cache_free(g_cache, g);
}

constexpr mm::mmu_notifier_ops kOps = {
    .release = gru_release,
    .clear_flush_young = nullptr,
    .invalidate_range_start = gru_invalidate_range_start,
    .invalidate_range_end = gru_invalidate_range_end,
    .invalidate_page = gru_invalidate_page,
    .change_pte = nullptr,
    .free_notifier = free_notifier,
};

// ---- life ---------------------------------------------------------------------------------------

void begin() {
  g_cache = kmem_cache_create<gru>();
  g_alive.set(nullptr);
}

subscriber* open(mm_struct* mm) {
  auto* g = kmem_cache_alloc<gru>(g_cache);
  if (g == nullptr) return nullptr;
  new (&g->users_count) atomic_t(1);
  new (&g->ms_range_active) atomic_t(0);
  init_waitqueue_head(&g->ms_wait_queue);
  new (&g->ms_released) sync::atomic<std::uint32_t>(0U);
  spin_lock_init(&g->hardware, mm::gru_hardware_class);
  g->valid.set(0);
  for (auto& tfh : g->tfh) tfh.set(0);
  g->mm.set(mm);
  mmu_notifier_init(&g->mn, &kOps);
  join_alive(&g_alive, g);
  if (!mmu_notifier_register(&g->mn, mm)) {
    leave_alive(&g_alive, g);
    kmem_cache_free(g_cache, g);
    return nullptr;
  }
  return reinterpret_cast<subscriber*>(g);
}

void get(subscriber* device) {
  atomic_inc(&gru_of(device)->users_count);
}

void put(subscriber* device) {
  gru* g = gru_of(device);
  if (!atomic_dec_and_test(&g->users_count)) return;
  if (mm::design().notifier_unlink == mm::notifier_unlink::U7) {
    // Not by gru_release: exit's might return early, and nothing would make exit wait for this one.
    gru_flush_tlb_range(g, 0, mm::kPages);
    mmu_notifier_put(&g->mn, g->mm.get());
    return;
  }
  mmu_notifier_unregister(&g->mn, g->mm.get());
  free_notifier(&g->mn);
}

mm_struct* address_space(subscriber* device) {
  return gru_of(device)->mm.get();
}

// ---- the context --------------------------------------------------------------------------------

// The pte that permits the access, 0: none. *why: null if a retry may help.
pte_t gru_vtop(gru* g, unsigned address, bool write, const char** why) {
  mm_struct* mm = g->mm.get();
  pte_t pte = mm::lookup_pte_fast(mm, address, write);
  if (mm::pte_present(pte)) return pte;
  page* p = mm::get_user_page(mm, address, write, why);
  if (p == nullptr) return 0;
  if (write) mm::set_page_dirty(p);
  pte = mm::mk_pte(p, write);
  mm::put_page(p);
  return pte;
}

bool range_active(const gru* g) {
  check_range_active(g);
  return atomic_read(&g->ms_range_active) != 0;
}

// One try. *why: null if the TLB is filled now or a retry may help.
bool gru_try_dropin(gru* g, unsigned address, bool write, const char** why) {
  tfh_miss(g, address);
  if ((READ_ONCE(g->ms_released) & 1U) != 0) {
    *why = "the device is being released";
    return false;
  }
  if (range_active(g)) {
    reached(reach_counter::gru_waited);
    wait_event(&g->ms_wait_queue, [g] { return !range_active(g); });
    return false;
  }
  smp_rmb();  // before the page table is read
  const pte_t pte = gru_vtop(g, address, write, why);
  return mm::pte_present(pte) && tfh_write_restart(g, address, pte);
}

const char* fault(subscriber* device, unsigned address, bool write) {
  constexpr unsigned kTries = 2;
  gru* g = gru_of(device);
  const char* why = nullptr;
  for (unsigned i = 0; i < kTries; ++i)
    if (gru_try_dropin(g, address, write, &why) || why != nullptr) return why;
  return "invalidations were in the way; the chip will miss again";
}

bool access(subscriber* device, unsigned address, bool write) {
  gru* g = gru_of(device);
  std::uint64_t token = write ? mm::data_new_token() : 0;
  sync::operation scope("gru_access", g);
  spin_lock(&g->hardware);
  const pte_t pte = (g->valid.get() >> address & 1U) != 0 ? g->tlb[address].get() : 0;
  const bool mapped = mm::pte_present(pte) && (!write || mm::pte_write(pte));
  if (mapped) access_contents(g->mm.get(), address, mm::pte_page(pte), write, &token);
  spin_unlock(&g->hardware);
  return mapped;
}

// ---- oracles ------------------------------------------------------------------------------------

const subscriber* who_maps(const page* p) {
  for (const gru* g = g_alive.get(); g != nullptr; g = g->next_alive.get())
    for (std::uint32_t set = g->valid.peek(); set != 0; set &= set - 1)
      if (mm::pte_page(g->tlb[__builtin_ctz(set)].peek()) == p)
        return reinterpret_cast<const subscriber*>(g);
  return nullptr;
}

const subscriber* who_writes(const mm_struct* mm, unsigned start, unsigned end) {
  for (const gru* g = g_alive.get(); g != nullptr; g = g->next_alive.get())
    for (unsigned address = start; g->mm.peek() == mm && address < end; ++address)
      if ((g->valid.peek() >> address & 1U) != 0 && mm::pte_write(g->tlb[address].peek()))
        return reinterpret_cast<const subscriber*>(g);
  return nullptr;
}

void check_balance() {
  for (const gru* g = g_alive.get(); g != nullptr; g = g->next_alive.get()) {
    check_range_active(g);
    if (mmu_notifier_linked(&g->mn) && g->ms_range_active.peek() != 0)
      sync::fail(
          "notifier-imbalance", {"gru.ms_range_active", "more starts than ends"},
          fmt::format("{} counts {} open invalidations", object_name(g), g->ms_range_active.peek()),
          sync::site::current());
  }
}

constexpr mm::subscriber_driver kDriver = {
    .name = "gru",
    .sleeps = false,
    .begin = begin,
    .open = open,
    .get = get,
    .put = put,
    .mm = address_space,
    .fault = fault,
    .access = access,
    .who_maps = who_maps,
    .who_writes = who_writes,
    .references = nullptr,
    .check_balance = check_balance,
};

}  // namespace

const mm::subscriber_driver& gru_driver() {
  return kDriver;
}

}  // namespace rw::device
