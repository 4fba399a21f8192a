#include "targets/mm/oracle_pairs.h"

#include <fmt/format.h>

#include "targets/mm/design.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/world.h"

namespace rw::mm {

namespace {

constexpr unsigned kMostPairs = 4 * kMaxCpus;  // they nest: mremap, a split in it
constexpr unsigned kMostTold = kDevices + kMaxCpus;

struct open_pair {
  sync::ghost<const mm_struct*> mm;  // null: the place is free
  sync::ghost<std::uint32_t> walked;
  sync::ghost<std::uint32_t> count;
  sync::ghost<const mmu_notifier*> told[kMostTold];
};
open_pair g_pairs[kMostPairs];

bool promised() {
  switch (design().register_lock) {
    case register_lock::all_locks:
    case register_lock::sorted:
    case register_lock::sorted_array:
    case register_lock::global_wide:
    case register_lock::big_reader:
    case register_lock::grace_period:
    case register_lock::grace_period_first:
      return true;
    default:
      return false;
  }
}

bool has_told(const open_pair& pair, const mmu_notifier* mn) {
  for (unsigned i = 0; i < pair.count.get(); ++i)
    if (pair.told[i].get() == mn) return true;
  return false;
}

[[noreturn]] void fail_skipped(const mm_struct* mm, const mmu_notifier* mn, sync::site where) {
  sync::fail("skipped-pair", {"mmu_notifier_register", sync::function_name(where)},
             fmt::format("{} is registered with {} while a range pair is open that has not told it "
                         "of its start",
                         object_name(mn), object_name(mm)),
             where);
}

}  // namespace

void oracle_pairs_begin() {
  for (auto& pair : g_pairs) pair.mm.set(nullptr);
}

unsigned oracle_pair_begins(const mm_struct* mm) {
  sync::ghost_section section;
  unsigned i = 0;
  while (i < kMostPairs && g_pairs[i].mm.get() != nullptr) ++i;
  RW_CHECK(i < kMostPairs, "more range pairs open at once than tasks can nest");
  g_pairs[i].mm.set(mm);
  g_pairs[i].walked.set(0);
  g_pairs[i].count.set(0);
  return i;
}

void oracle_pair_told(unsigned pair, const mmu_notifier* mn) {
  open_pair& p = g_pairs[pair];
  const std::uint32_t i = p.count.get();
  RW_CHECK(i < kMostTold, "an mm has more subscribers than programs can make");
  p.told[i].set(mn);
  p.count.set(i + 1);
}

void oracle_pair_open(unsigned pair, sync::site where) {
  open_pair& p = g_pairs[pair];
  p.walked.set(1);
  // On real threads the list may be changing while this looks.
  if (hooks::g_mode != hooks::mode::steered || !promised()) return;
  const mmu_notifier_mm* list = p.mm.get()->notifiers.peek();
  if (list == nullptr) return;
  for (const hlist_node* n = list->first.peek(); n != nullptr; n = n->next.peek()) {
    const mmu_notifier* mn = notifier_of(const_cast<hlist_node*>(n));
    if (mn->registered.get() != 0 && !has_told(p, mn)) fail_skipped(p.mm.get(), mn, where);
  }
}

void oracle_pair_ends(unsigned pair) {
  g_pairs[pair].mm.set(nullptr);
}

void oracle_registered(const mm_struct* mm, mmu_notifier* mn, sync::site where) {
  mn->registered.set(1);
  if (!promised()) return;
  for (const auto& pair : g_pairs)
    if (pair.mm.get() == mm && pair.walked.get() != 0 && !has_told(pair, mn))
      fail_skipped(mm, mn, where);
}

}  // namespace rw::mm
