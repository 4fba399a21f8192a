// Who comes to and leaves an mm's list of subscribers, and how. What they are told:
// mmu_notifier.cc.
#include "targets/mm/mmu_notifier.h"

#include "targets/mm/design.h"
#include "targets/mm/global_lock.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/oracle_pairs.h"
#include "targets/mm/reach.h"
#include "targets/mm/vma_lock.h"
#include "targets/mm/world.h"

namespace rw::mm {

namespace {

void link_notifier(mmu_notifier* mn, mm_struct* mm) {
  mmu_notifier_mm* list = smp_load_acquire(&mm->notifiers);
  spin_lock(&list->lock);
  if (READ_ONCE(list->first) != nullptr) reached(reach_counter::register_second);
  RW_NOTE("link {} to {}", object_name(mn), object_name(mm));
  const std::uint32_t generation = READ_ONCE(list->generation) + 1;
  mn->generation.set(generation);
  hlist_add_head_rcu(&mn->hlist, &list->first);
  // Behind the link: a pair that has the new number finds the subscriber.
  smp_store_release(&list->generation, generation);
  spin_unlock(&list->lock);
}

// No lock keeps a pair out: whoever is in one is waited for.
bool waits_for_pairs() {
  return design().register_lock == register_lock::grace_period ||
         design().register_lock == register_lock::grace_period_first;
}

void unlock_mmap_sem(mm_struct* mm) {
  if (design().register_lock == register_lock::mmap_sem_read)
    up_read(&mm->mmap_sem);
  else
    mmap_write_unlock(mm);
}

// False: it took too long, and nothing is held.
bool lock_for_register(mm_struct* mm) {
  const register_lock how = design().register_lock;
  if (how == register_lock::none || waits_for_pairs()) return true;
  if (how == register_lock::mmap_sem_read)
    down_read(&mm->mmap_sem);
  else
    down_write(&mm->mmap_sem);
  if (how != register_lock::mmap_sem_read) vma_start_register(mm);
  if (how == register_lock::big_reader) {
    down_write(&w().notifier_pairs);
  } else if (how == register_lock::global_wide) {
    global_lock_enter(sync::site::current());
  } else if (how == register_lock::global_narrow) {
    mutex_lock(&w().mm_all_locks_mutex);
  } else if (!mm_take_all_locks(mm)) {
    unlock_mmap_sem(mm);
    return false;
  }
  return true;
}

void unlock_for_register(mm_struct* mm) {
  const register_lock how = design().register_lock;
  if (how == register_lock::none || waits_for_pairs()) return;
  if (how == register_lock::big_reader)
    up_write(&w().notifier_pairs);
  else if (how == register_lock::global_wide)
    global_lock_leave(sync::site::current());
  else if (how == register_lock::global_narrow)
    mutex_unlock(&w().mm_all_locks_mutex);
  else
    mm_drop_all_locks(mm);
  unlock_mmap_sem(mm);
}

void call_release(mmu_notifier* mn, mm_struct* mm) {
  RW_NOTE("release {}", object_name(mn));
  mn->ops.get()->release(mn, mm);
}

bool unlinks_first() {
  return design().notifier_unlink == notifier_unlink::U1 ||
         design().notifier_unlink == notifier_unlink::U3;
}

// U1, U3: one after the other leaves the list and is released then.
void unlink_then_release(mm_struct* mm, mmu_notifier_mm* list) {
  const int idx = notifiers_read_lock();
  spin_lock(&list->lock);
  while (hlist_node* n = READ_ONCE(list->first)) {
    hlist_del_init_rcu(n);
    spin_unlock(&list->lock);
    reached(reach_counter::release_by_exit);
    call_release(notifier_of(n), mm);
    spin_lock(&list->lock);
  }
  spin_unlock(&list->lock);
  notifiers_read_unlock(idx);
}

// U2, U4: all are released while still in the list, so nobody misses an invalidation. The unlinking
// is inside the section too: an unregister that finds its subscriber unhashed takes no lock, and
// only the end of this section orders what is done to the subscriber here before its free.
void release_then_unlink(mm_struct* mm, mmu_notifier_mm* list) {
  const int idx = notifiers_read_lock();
  for (hlist_node* n = srcu_dereference(list->first, &w().srcu); n != nullptr;
       n = srcu_dereference(n->next, &w().srcu)) {
    reached(reach_counter::release_by_exit);
    call_release(notifier_of(n), mm);
  }
  spin_lock(&list->lock);
  while (hlist_node* n = READ_ONCE(list->first)) hlist_del_init_rcu(n);
  spin_unlock(&list->lock);
  notifiers_read_unlock(idx);
}

}  // namespace

void mmu_notifier_init(mmu_notifier* mn, const mmu_notifier_ops* ops) {
  new (&mn->hlist.next) hlist_link(nullptr);
  new (&mn->hlist.pprev) sync::atomic<hlist_link*>(nullptr);
  mn->ops.set(ops);
  mn->registered.set(0);
}

bool mmu_notifier_register(mmu_notifier* mn, mm_struct* mm) {
  // Before the locks: nothing can be allocated under all of them.
  auto* list = kmem_cache_alloc<mmu_notifier_mm>(w().notifier_mm_cache);
  if (list == nullptr) return false;
  new (&list->first) hlist_link(nullptr);
  new (&list->generation) sync::atomic<std::uint32_t>(0U);
  spin_lock_init(&list->lock, notifier_list_class);

  if (!lock_for_register(mm)) {
    kmem_cache_free(w().notifier_mm_cache, list);
    return false;
  }
  if (cmpxchg(&mm->notifiers, nullptr, list) == nullptr) list = nullptr;
  mmgrab(mm);
  if (design().register_lock == register_lock::grace_period_first)
    synchronize_srcu(&w().notifier_pairs_srcu);
  link_notifier(mn, mm);
  unlock_for_register(mm);
  if (design().register_lock == register_lock::grace_period)
    synchronize_srcu(&w().notifier_pairs_srcu);
  oracle_registered(mm, mn);
  if (list != nullptr) kmem_cache_free(w().notifier_mm_cache, list);
  return true;
}

void mmu_notifier_unregister(mmu_notifier* mn, mm_struct* mm) {
  mmu_notifier_mm* list = smp_load_acquire(&mm->notifiers);
  if (unlinks_first()) {
    spin_lock(&list->lock);
    const bool linked = !hlist_unhashed(&mn->hlist);
    if (linked) hlist_del_rcu(&mn->hlist);
    spin_unlock(&list->lock);
    if (linked) {
      const int idx = notifiers_read_lock();
      call_release(mn, mm);
      notifiers_read_unlock(idx);
    }
  } else if (!hlist_unhashed_lockless(&mn->hlist)) {
    // Exit may be here too: exit waits below for this release, and release may be called twice.
    const int idx = notifiers_read_lock();
    call_release(mn, mm);
    notifiers_read_unlock(idx);
    spin_lock(&list->lock);
    if (design().notifier_unlink == notifier_unlink::U2)
      hlist_del_rcu(&mn->hlist);
    else
      hlist_del_init_rcu(&mn->hlist);
    spin_unlock(&list->lock);
  }
  if (design().notifier_unlink != notifier_unlink::U6) synchronize_srcu(&w().srcu);
  mmdrop(mm);
}

namespace {

void free_after_grace_period(rcu_head* head) {
  mmu_notifier* mn = RW_ENTRY(head, mmu_notifier, rcu);
  mm_struct* mm = mn->mm.get();
  mn->ops.get()->free_notifier(mn);
  mmdrop(mm);
}

}  // namespace

void mmu_notifier_put(mmu_notifier* mn, mm_struct* mm) {
  mmu_notifier_mm* list = smp_load_acquire(&mm->notifiers);
  spin_lock(&list->lock);
  hlist_del_init_rcu(&mn->hlist);
  spin_unlock(&list->lock);
  mn->mm.set(mm);
  call_srcu(&w().srcu, &mn->rcu, free_after_grace_period);
}

void mmu_notifier_release(mm_struct* mm) {
  mmu_notifier_mm* list = smp_load_acquire(&mm->notifiers);
  if (list == nullptr) return;
  if (unlinks_first())
    unlink_then_release(mm, list);
  else
    release_then_unlink(mm, list);
  // An unregister that found itself linked may still be in its release: the pages may not go
  // before. Ours need not have waited for it: a release may be done by the one that came first.
  if (design().notifier_unlink != notifier_unlink::U5) synchronize_srcu(&w().srcu);
}

void mmu_notifier_mm_destroy(mm_struct* mm) {
  mmu_notifier_mm* list = READ_ONCE(mm->notifiers);
  if (list != nullptr) kmem_cache_free(w().notifier_mm_cache, list);
}

}  // namespace rw::mm
