#include "targets/device/xpmem.h"

#include <fmt/format.h>

#include "targets/device/alive.h"
#include "targets/device/contents.h"
#include "targets/mm/data_oracle.h"
#include "targets/mm/design.h"
#include "targets/mm/fault.h"
#include "targets/mm/oracle.h"
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

kmem_cache* g_cache;          // of this execution
sync::ghost<xpmem*> g_alive;  // those that are not freed

xpmem* xpmem_of(mmu_notifier* mn) {
  return RW_ENTRY(mn, xpmem, mn);
}
xpmem* xpmem_of(subscriber* device) {
  return reinterpret_cast<xpmem*>(device);
}

// The mutex is held.
void let_go(xpmem* x, unsigned start, unsigned end) {
  for (unsigned address = start; address < end; ++address) {
    const pte_t pte = x->mapped[address].get();
    if (!mm::pte_present(pte)) continue;
    x->mapped[address].set(0);
    RW_NOTE("let go {}[{:#x}]", object_name(x), address);
    reached(reach_counter::remote_let_go);
    if (mm::pte_write(pte)) mm::set_page_dirty(mm::pte_page(pte));
    mm::put_page(mm::pte_page(pte));
  }
}

// ---- callbacks ----------------------------------------------------------------------------------

void xpmem_release(mmu_notifier* mn, mm_struct*) {
  xpmem* x = xpmem_of(mn);
  mutex_lock(&x->lock);
  x->released.set(1);
  let_go(x, 0, mm::kPages);
  mutex_unlock(&x->lock);
}

bool xpmem_invalidate_range_start(mmu_notifier* mn, mm_struct*, unsigned start, unsigned end,
                                  bool blockable) {
  xpmem* x = xpmem_of(mn);
  if (!blockable && !mutex_trylock(&x->lock)) {
    reached(reach_counter::range_refused);
    return false;
  }
  if (blockable) mutex_lock(&x->lock);
  x->open_ranges.set(x->open_ranges.get() + 1);
  let_go(x, start, end);
  mutex_unlock(&x->lock);
  return true;
}

void xpmem_invalidate_range_end(mmu_notifier* mn, mm_struct*, unsigned, unsigned) {
  xpmem* x = xpmem_of(mn);
  mutex_lock(&x->lock);
  x->passed_ranges.set(x->passed_ranges.get() + 1);
  x->open_ranges.set(x->open_ranges.get() - 1);
  mutex_unlock(&x->lock);
}

void xpmem_invalidate_page(mmu_notifier* mn, mm_struct*, unsigned address) {
  xpmem* x = xpmem_of(mn);
  mutex_lock(&x->lock);
  x->passed_ranges.set(x->passed_ranges.get() + 1);
  let_go(x, address, address + 1);
  mutex_unlock(&x->lock);
}

// Nobody knows it any more, and no callback of it runs.
void free_notifier(mmu_notifier* mn) {
  xpmem* x = xpmem_of(mn);
  leave_alive(&g_alive, x);
  kmem_cache_free(g_cache, x);
}

constexpr mm::mmu_notifier_ops kOps = {
    .release = xpmem_release,
    .clear_flush_young = nullptr,
    .invalidate_range_start = xpmem_invalidate_range_start,
    .invalidate_range_end = xpmem_invalidate_range_end,
    .invalidate_page = xpmem_invalidate_page,
    .change_pte = nullptr,
    .free_notifier = free_notifier,
};

// ---- life ---------------------------------------------------------------------------------------

void begin() {
  g_cache = kmem_cache_create<xpmem>();
  g_alive.set(nullptr);
}

subscriber* open(mm_struct* mm) {
  auto* x = kmem_cache_alloc<xpmem>(g_cache);
  if (x == nullptr) return nullptr;
  new (&x->users_count) atomic_t(1);
  mutex_init(&x->lock, mm::attachment_class);
  x->mm.set(mm);
  x->open_ranges.set(0);
  x->passed_ranges.set(0);
  x->released.set(0);
  for (auto& pte : x->mapped) pte.set(0);
  mmu_notifier_init(&x->mn, &kOps);
  join_alive(&g_alive, x);
  if (!mmu_notifier_register(&x->mn, mm)) {
    leave_alive(&g_alive, x);
    kmem_cache_free(g_cache, x);
    return nullptr;
  }
  return reinterpret_cast<subscriber*>(x);
}

void get(subscriber* device) {
  atomic_inc(&xpmem_of(device)->users_count);
}

void put(subscriber* device) {
  xpmem* x = xpmem_of(device);
  if (!atomic_dec_and_test(&x->users_count)) return;
  if (mm::design().notifier_unlink == mm::notifier_unlink::U7) {
    // Nobody calls release for it.
    xpmem_release(&x->mn, x->mm.get());
    mmu_notifier_put(&x->mn, x->mm.get());
    return;
  }
  mmu_notifier_unregister(&x->mn, x->mm.get());
  free_notifier(&x->mn);
}

mm_struct* address_space(subscriber* device) {
  return xpmem_of(device)->mm.get();
}

// ---- the other node -----------------------------------------------------------------------------

const char* fault(subscriber* device, unsigned address, bool write) {
  xpmem* x = xpmem_of(device);
  mutex_lock(&x->lock);
  const std::uint32_t passed = x->passed_ranges.get();
  mutex_unlock(&x->lock);
  const char* why = nullptr;
  page* p = mm::get_user_page(x->mm.get(), address, write, &why);
  if (p == nullptr) return why;
  mutex_lock(&x->lock);
  if (x->released.get() != 0) {
    why = "the device is being released";
  } else if (x->open_ranges.get() != 0 || x->passed_ranges.get() != passed) {
    reached(reach_counter::remote_refused);
    why = "an invalidation was in the way; the other node will fault again";
  } else {
    let_go(x, address, address + 1);
    x->mapped[address].set(mm::mk_pte(p, write));
    RW_NOTE("attach {}[{:#x}] -> {}", object_name(x), address, object_name(p));
    p = nullptr;  // the mapping's reference now
  }
  mutex_unlock(&x->lock);
  if (p != nullptr) mm::put_page(p);
  return why;
}

bool access(subscriber* device, unsigned address, bool write) {
  xpmem* x = xpmem_of(device);
  std::uint64_t token = write ? mm::data_new_token() : 0;
  mutex_lock(&x->lock);
  const pte_t pte = x->mapped[address].get();
  const bool mapped = mm::pte_present(pte) && (!write || mm::pte_write(pte));
  if (mapped) access_contents(x->mm.get(), address, mm::pte_page(pte), write, &token);
  mutex_unlock(&x->lock);
  return mapped;
}

// ---- oracles ------------------------------------------------------------------------------------

unsigned mappings_of(const xpmem* x, const page* p) {
  unsigned count = 0;
  for (const auto& cell : x->mapped)
    if (mm::pte_present(cell.peek()) && mm::pte_page(cell.peek()) == p) ++count;
  return count;
}

const subscriber* who_maps(const page* p) {
  for (const xpmem* x = g_alive.get(); x != nullptr; x = x->next_alive.get())
    if (mappings_of(x, p) != 0) return reinterpret_cast<const subscriber*>(x);
  return nullptr;
}

const subscriber* who_writes(const mm_struct* mm, unsigned start, unsigned end) {
  for (const xpmem* x = g_alive.get(); x != nullptr; x = x->next_alive.get())
    for (unsigned address = start; x->mm.peek() == mm && address < end; ++address)
      if (mm::pte_write(x->mapped[address].peek())) return reinterpret_cast<const subscriber*>(x);
  return nullptr;
}

unsigned references(const page* p) {
  unsigned count = 0;
  for (const xpmem* x = g_alive.get(); x != nullptr; x = x->next_alive.get())
    count += mappings_of(x, p);
  return count;
}

void check_balance() {
  for (const xpmem* x = g_alive.get(); x != nullptr; x = x->next_alive.get())
    if (mmu_notifier_linked(&x->mn) && x->open_ranges.peek() != 0)
      sync::fail(
          "notifier-imbalance", {"xpmem.open_ranges"},
          fmt::format("{} counts {} open invalidations", object_name(x), x->open_ranges.peek()),
          sync::site::current());
}

constexpr mm::subscriber_driver kDriver = {
    .name = "xpmem",
    .sleeps = true,
    .begin = begin,
    .open = open,
    .get = get,
    .put = put,
    .mm = address_space,
    .fault = fault,
    .access = access,
    .who_maps = who_maps,
    .who_writes = who_writes,
    .references = references,
    .check_balance = check_balance,
};

}  // namespace

const mm::subscriber_driver& xpmem_driver() {
  return kDriver;
}

}  // namespace rw::device
