// What subscribers are told, and when. Who they are: mmu_notifier_register.cc.
#include "targets/mm/mmu_notifier.h"

#include "targets/mm/design.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/notify_in_ptl.h"
#include "targets/mm/oracle_pairs.h"
#include "targets/mm/reach.h"
#include "targets/mm/world.h"

namespace rw::mm {

// The wrong reader is in an RCU section too, so that it fails for its own reason only.
int notifiers_read_lock(sync::site where) {
  if (design().notifier_reader == notifier_reader::rcu) rcu_read_lock(where);
  return srcu_read_lock(&w().srcu, where);
}
void notifiers_read_unlock(int idx, sync::site where) {
  srcu_read_unlock(&w().srcu, idx, where);
  if (design().notifier_reader == notifier_reader::rcu) rcu_read_unlock(where);
}

namespace {

// Calls f(subscriber) for each.
template <typename F>
void for_each_notifier(mm_struct* mm, F f) {
  mmu_notifier_mm* list = smp_load_acquire(&mm->notifiers);
  if (list == nullptr) return;
  const int idx = notifiers_read_lock();
  for (hlist_node* n = srcu_dereference(list->first, &w().srcu); n != nullptr;
       n = srcu_dereference(n->next, &w().srcu))
    f(notifier_of(n));
  notifiers_read_unlock(idx);
}

}  // namespace

bool mm_has_notifiers(mm_struct* mm) {
  mmu_notifier_mm* list = smp_load_acquire(&mm->notifiers);
  return list != nullptr && READ_ONCE(list->first) != nullptr;
}

namespace {

// The context of range_start and range_end.
void callbacks_might_sleep(sync::site where = sync::site::current()) {
  if (design().callbacks == callbacks::may_sleep) might_sleep(where);
}

// With register_lock=grace_period and its wrong twin register waits for the pairs that are open.
bool pairs_are_waited_for() {
  return design().register_lock == register_lock::grace_period ||
         design().register_lock == register_lock::grace_period_first;
}

// What the register_locks that look at pairs need around each.
void open_pair(mmu_notifier_range* range) {
  if (design().register_lock == register_lock::big_reader) down_read(&w().notifier_pairs);
  if (!pairs_are_waited_for()) return;
  range->idx = srcu_read_lock(&w().notifier_pairs_srcu);
  mmu_notifier_mm* list = smp_load_acquire(&range->mm->notifiers);
  if (list != nullptr) range->generation = smp_load_acquire(&list->generation);
}
void close_pair(mmu_notifier_range* range) {
  if (design().register_lock == register_lock::big_reader) up_read(&w().notifier_pairs);
  if (pairs_are_waited_for()) srcu_read_unlock(&w().notifier_pairs_srcu, range->idx);
}

// One that came while the pair was open missed its start, and must not get its end.
bool hears_of(const mmu_notifier* mn, const mmu_notifier_range& range) {
  return !pairs_are_waited_for() || mn->generation.get() <= range.generation;
}

void tell_end(mmu_notifier* mn, const mmu_notifier_range& range) {
  mn->ops.get()->invalidate_range_end(mn, range.mm, range.start, range.end);
}

}  // namespace

void mmu_notifier_invalidate_range_start(mmu_notifier_range* range) {
  if (no_pairs()) return;
  callbacks_might_sleep();
  open_pair(range);
  range->number = oracle_pair_begins(range->mm);
  for_each_notifier(range->mm, [&](mmu_notifier* mn) {
    if (!hears_of(mn, *range)) return;
    oracle_pair_told(range->number, mn);
    reached(reach_counter::notifier_range);
    mn->ops.get()->invalidate_range_start(mn, range->mm, range->start, range->end, true);
  });
  oracle_pair_open(range->number);
}

bool mmu_notifier_invalidate_range_start_nonblock(mmu_notifier_range* range) {
  if (no_pairs()) return true;
  open_pair(range);
  range->number = oracle_pair_begins(range->mm);
  constexpr unsigned kMost = kDevices + kMaxCpus;  // one a slot, and one that each task closes
  mmu_notifier* started[kMost];
  unsigned count = 0;
  bool refused = false;
  for_each_notifier(range->mm, [&](mmu_notifier* mn) {
    if (refused || !hears_of(mn, *range)) return;
    oracle_pair_told(range->number, mn);
    refused =
        !mn->ops.get()->invalidate_range_start(mn, range->mm, range->start, range->end, false);
    if (!refused) {
      RW_CHECK(count < kMost, "an mm has more subscribers than programs can make");
      started[count++] = mn;
    } else if (design().oom_refused == oom_refused::end) {
      // Here, where the section keeps them: one that is unlinked meanwhile balances too.
      while (count > 0) tell_end(started[--count], *range);
    }
  });
  if (refused) {
    oracle_pair_ends(range->number);
    close_pair(range);
  } else {
    oracle_pair_open(range->number);
  }
  return !refused;
}

void mmu_notifier_invalidate_range_end(mmu_notifier_range* range) {
  if (no_pairs()) return;
  callbacks_might_sleep();
  for_each_notifier(range->mm, [&](mmu_notifier* mn) {
    if (hears_of(mn, *range)) tell_end(mn, *range);
  });
  oracle_pair_ends(range->number);
  close_pair(range);
}

bool mmu_notifier_clear_flush_young(mm_struct* mm, unsigned address) {
  bool young = false;
  for_each_notifier(mm, [&](mmu_notifier* mn) {
    if (mn->ops.get()->clear_flush_young == nullptr) return;
    reached(reach_counter::notifier_age);
    young |= mn->ops.get()->clear_flush_young(mn, mm, address);
  });
  return young;
}

void mmu_notifier_invalidate_page(mm_struct* mm, unsigned address) {
  for_each_notifier(mm, [&](mmu_notifier* mn) { mn->ops.get()->invalidate_page(mn, mm, address); });
}

void mmu_notifier_change_pte(mm_struct* mm, unsigned address) {
  for_each_notifier(mm, [&](mmu_notifier* mn) {
    if (mn->ops.get()->change_pte != nullptr)
      mn->ops.get()->change_pte(mn, mm, address);
    else if (no_pairs())
      mn->ops.get()->invalidate_page(mn, mm, address);
  });
}

bool mmu_notifier_linked(const mmu_notifier* mn) {
  const hlist_link* pprev = mn->hlist.pprev.peek();
  return pprev != nullptr && pprev != LIST_POISON2;
}

}  // namespace rw::mm
