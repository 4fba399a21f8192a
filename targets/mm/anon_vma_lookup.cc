// From a page to its anon_vma: the lookups, one per value of av_life.
#include "targets/mm/anon_vma.h"
#include "targets/mm/anon_vma_external.h"
#include "targets/mm/anon_vma_lock.h"
#include "targets/mm/design.h"
#include "targets/mm/oracle.h"
#include "targets/mm/page.h"
#include "targets/mm/page_map_lock.h"
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
anon_vma* lock_of(anon_vma* av, sync::site where = sync::site::current()) {
  return anon_vma_locks_own() ? av : smp_load_acquire(&av->root, where);
}
void down_read_root(anon_vma* av) {
  anon_vma_lock_read(lock_of(av));
}
void up_read_root(anon_vma* av) {
  anon_vma_unlock_read(lock_of(av));
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

  anon_vma* root = lock_of(av);
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

// The page stays mapped while its map lock is held; whoever has the anon_vma's lock may wait for
// that one, so it can only be tried here.
anon_vma* lock_under_page_map_lock(page* p) {
  for (;;) {
    page_map_lock(p);
    anon_vma* av = mapped_anon_vma(p);
    const bool locked = av != nullptr && anon_vma_trylock_read(lock_of(av));
    page_map_unlock(p);
    if (av == nullptr || locked) return av;
    sync::relax();
  }
}

// Whether the RCU section of the lookup goes on until the unlock.
bool keeps_rcu() {
  return design().av_life == av_life::type_stable || design().av_life == av_life::recheck ||
         design().av_life == av_life::external_refcount;
}

// The lock may be that of a free anon_vma, or of another one in the same memory: the lock word is
// there all the same. With own locks a walk may go on even so, for it looks at each vma. A root is
// another object: it must be read once, and the page be mapped still.
anon_vma* lock_type_stable(page* p) {
  rcu_read_lock();
  anon_vma* av = mapped_anon_vma(p);
  if (av != nullptr) {
    anon_vma* root = lock_of(av);
    anon_vma_lock_read(root);
    if (design().av_life == av_life::type_stable || page_mapped(p)) return av;
    anon_vma_unlock_read(root);
  }
  rcu_read_unlock();
  return nullptr;
}

anon_vma* lock_lookup(page* p) {
  if (design().av_life == av_life::page_lock_only) return lock_under_page_lock(p);
  if (design().av_life == av_life::page_map_lock) return lock_under_page_map_lock(p);
  return keeps_rcu() ? lock_type_stable(p) : lock_under_rcu(p);
}

// The map lock keeps the page mapped.
anon_vma* get_under_page_map_lock(page* p) {
  page_map_lock(p);
  anon_vma* av = mapped_anon_vma(p);
  if (av != nullptr) atomic_inc(&av->refcount);
  page_map_unlock(p);
  return av;
}

// The wrong design thinks the same of the page lock. Splits come without it.
anon_vma* get_under_page_lock(page* p) {
  const bool locks = !lockdep_is_held(&p->lock);
  if (locks) lock_page(p);
  anon_vma* av = mapped_anon_vma(p);
  if (av != nullptr) atomic_inc(&av->refcount);
  if (locks) unlock_page(p);
  return av;
}

// Under the lock of the list, which is not empty: the page is mapped.
anon_vma* get_external(page* p) {
  anon_vma* av = page_lock_anon_vma_read(p);
  if (av == nullptr) return nullptr;
  atomic_inc(&av->external_refcount);
  page_unlock_anon_vma_read(av);
  return av;
}

}  // namespace

anon_vma* page_lock_anon_vma_read(page* p) {
  might_sleep();
  anon_vma* av = lock_lookup(p);
  if (av != nullptr) oracle_anon_vma_used(p, av);
  return av;
}

void page_unlock_anon_vma_read(anon_vma* av, sync::site where) {
  anon_vma_unlock_read(anon_vma_to_lock(av, where), where);
  if (keeps_rcu()) rcu_read_unlock(where);
  if (design().av_life == av_life::refcount_only) put_anon_vma(av, where);
}

anon_vma* page_get_anon_vma(page* p) {
  const bool bare = design().av_pin == av_pin::bare_inc;
  if (design().av_life == av_life::page_lock_only) return get_under_page_lock(p);
  if (design().av_life == av_life::page_map_lock && !bare) return get_under_page_map_lock(p);
  if (counts_externally() && !bare) return get_external(p);
  rcu_read_lock();
  anon_vma* av = mapped_anon_vma(p);
  if (av != nullptr && bare) {
    // The external count is 0 while only the list keeps the anon_vma.
    if (atomic_inc_return(anon_vma_pins(av)) == 1 && !counts_externally())
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
