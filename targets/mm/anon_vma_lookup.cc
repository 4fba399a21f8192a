// From a page to its anon_vma: the lookups, one per value of av_life.
#include "targets/mm/anon_vma.h"
#include "targets/mm/anon_vma_lock.h"
#include "targets/mm/design.h"
#include "targets/mm/oracle.h"
#include "targets/mm/page.h"
#include "targets/mm/reach.h"

namespace rw::mm {

namespace {

// The anon_vma that the page points to, if the page is anonymous and mapped. Nothing keeps it.
anon_vma* mapped_anon_vma(page* p) {
  const std::uint64_t mapping = page_mapping(p);
  if (!mapping_is_anon(mapping) || mapping_is_ksm(mapping)) return nullptr;
  if (!page_mapped(p)) {
    reached(reach_counter::lookup_unmapped);
    return nullptr;
  }
  return mapping_anon_vma(mapping);
}

// Loads of av->root: the kernel's are READ_ONCEs, acquire stands for their address dependency. A
// lookup that came with a stale pointer may meet a root there that it knows of in no other way.
void down_read_root(anon_vma* av) {
  anon_vma_lock_read(smp_load_acquire(&av->root));
}
void up_read_root(anon_vma* av) {
  anon_vma_unlock_read(smp_load_acquire(&av->root));
}

// With the root locked by trylock and nothing else: is `av` still the page's?
bool still_ours(page* p, anon_vma* av) {
  if (design().av_life == av_life::no_recheck) return true;
  if (design().av_life == av_life::refcount_test) return atomic_read(&av->refcount) != 0;
  return page_mapped(p);
}

// rcu_read_lock is held, and left: the put may sleep.
void put_late(anon_vma* av) {
  reached(reach_counter::lookup_too_late);
  if (design().av_put_ctx == av_put_ctx::inside) put_anon_vma(av);
  rcu_read_unlock();
  if (design().av_put_ctx == av_put_ctx::outside) put_anon_vma(av);
}

// rcu_read_lock is held, and left. Takes a reference, sleeps on the lock, drops the reference if a
// free looks at the lock.
anon_vma* lock_by_reference(page* p, anon_vma* av) {
  if (!atomic_inc_not_zero(&av->refcount)) {
    rcu_read_unlock();
    return nullptr;
  }
  if (!page_mapped(p)) {
    // It may be another's by now.
    put_late(av);
    return nullptr;
  }
  rcu_read_unlock();
  reached(reach_counter::lookup_slow);
  down_read_root(av);
  if (design().av_life == av_life::refcount_only) return av;  // keeps it until the unlock
  // The lock holds off the free now, so the reference can go. The last one cannot be put under the
  // lock, for the put takes it.
  if (atomic_dec_and_test(&av->refcount)) {
    reached(reach_counter::lookup_slow_last);
    up_read_root(av);
    free_last_anon_vma(av);
    return nullptr;
  }
  return av;
}

anon_vma* lock_under_rcu(page* p) {
  rcu_read_lock();
  anon_vma* av = mapped_anon_vma(p);
  if (av == nullptr) {
    rcu_read_unlock();
    return nullptr;
  }
  if (design().av_life == av_life::refcount_only) return lock_by_reference(p, av);

  anon_vma* root = smp_load_acquire(&av->root);
  if (!anon_vma_trylock_read(root)) return lock_by_reference(p, av);
  if (still_ours(p, av)) {
    reached(reach_counter::lookup_fast);
  } else {
    reached(reach_counter::lookup_fast_unmapped);
    anon_vma_unlock_read(root);
    av = nullptr;
  }
  rcu_read_unlock();
  return av;
}

// No RCU, no reference: the page lock is all there is.
anon_vma* lock_under_page_lock(page* p) {
  lockdep_assert_held(&p->lock);
  anon_vma* av = mapped_anon_vma(p);
  if (av != nullptr) down_read_root(av);
  return av;
}

}  // namespace

anon_vma* page_lock_anon_vma_read(page* p) {
  might_sleep();
  anon_vma* av =
      design().av_life == av_life::page_lock_only ? lock_under_page_lock(p) : lock_under_rcu(p);
  if (av != nullptr) oracle_anon_vma_used(p, av);
  return av;
}

void page_unlock_anon_vma_read(anon_vma* av, sync::site where) {
  anon_vma_unlock_read(READ_ONCE(av->root, where), where);
  if (design().av_life == av_life::refcount_only) put_anon_vma(av, where);
}

anon_vma* page_get_anon_vma(page* p) {
  if (design().av_life == av_life::page_lock_only) {
    lockdep_assert_held(&p->lock);
    anon_vma* av = mapped_anon_vma(p);
    if (av != nullptr) atomic_inc(&av->refcount);
    return av;
  }
  rcu_read_lock();
  anon_vma* av = mapped_anon_vma(p);
  if (av != nullptr && design().av_pin == av_pin::bare_inc) {
    if (atomic_inc_return(&av->refcount) == 1)
      sync::fail("refcount", {"anon_vma.refcount", "page_get_anon_vma"},
                 object_name(av) + " is pinned after its last reference has gone");
    rcu_read_unlock();
    return av;
  }
  if (av != nullptr && !atomic_inc_not_zero(&av->refcount)) av = nullptr;
  if (av != nullptr && !page_mapped(p)) {
    put_late(av);
    return nullptr;
  }
  rcu_read_unlock();
  if (av != nullptr) oracle_anon_vma_used(p, av);
  return av;
}

}  // namespace rw::mm
