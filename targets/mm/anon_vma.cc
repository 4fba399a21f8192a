// Making, attaching and freeing anon_vmas. Looking one up through a page: anon_vma_lookup.cc.
#include "targets/mm/anon_vma.h"

#include "targets/mm/anon_vma_external.h"
#include "targets/mm/anon_vma_lock.h"
#include "targets/mm/design.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"
#include "targets/mm/vma.h"
#include "targets/mm/world.h"

namespace rw::mm {

namespace {

// Once per memory if that is type-stable, once per allocation if not.
void anon_vma_ctor(anon_vma* av) {
  new (&av->root) sync::atomic<anon_vma*>(nullptr);
  init_rwsem(&av->rwsem, anon_vma_class);
  spin_lock_init(&av->spinlock, anon_vma_spinlock_class);
  rwlock_init(&av->rwlock, anon_vma_rwlock_class);
  new (&av->refcount) atomic_t(0);
  new (&av->external_refcount) atomic_t(0);
  INIT_LIST_HEAD(&av->head);
  av->all_locks_taken.set(0);
}

// A root of its own; fork makes it a child afterwards.
anon_vma* anon_vma_alloc() {
  auto* av = kmem_cache_alloc<anon_vma>(w().anon_vma_cache, GFP_KERNEL, anon_vma_ctor);
  if (av == nullptr) return nullptr;
  atomic_set(&av->refcount, 1);
  WRITE_ONCE(av->root, av);
  av->parent.set(av);
  av->num_children.set(0);
  av->num_active_vmas.set(0);
  return av;
}

// Whether a lookup may hold the lock without a reference, so that a free must wait for it.
bool lookup_by_trylock() {
  const auto life = design().av_life;
  return life == av_life::refcount || life == av_life::refcount_test || life == av_life::no_recheck;
}

anon_vma_chain* avc_alloc(gfp_t gfp) {
  return kmem_cache_alloc<anon_vma_chain>(w().anon_vma_chain_cache, gfp);
}
void avc_free(anon_vma_chain* avc) {
  kmem_cache_free(w().anon_vma_chain_cache, avc);
}

// The list's lock is held for writing, as for the next one.
void add(sync::cell<std::uint32_t>* count, int by) {
  count->set(count->get() + static_cast<std::uint32_t>(by));
}
void anon_vma_chain_link(vm_area_struct* vma, anon_vma_chain* avc, anon_vma* av) {
  avc->vma.set(vma);
  avc->anon_vma.set(av);
  list_add(&avc->same_vma, &vma->anon_vma_chain);
  list_add_tail(&avc->same_anon_vma, &av->head);
  atomic_inc(&vma->anon_vma_chains);
}

bool mergeable(vm_area_struct* left, vm_area_struct* right) {
  return left->vm_end.get() == right->vm_start.get() && left->vm_file.get() == nullptr &&
         right->vm_file.get() == nullptr;
}

// The anon_vma of an anonymous neighbour that has no other; mmap_sem keeps the neighbour, and what
// it has it keeps.
anon_vma* find_mergeable_anon_vma(vm_area_struct* vma) {
  mm_struct* mm = vma->vm_mm.get();
  for (vm_area_struct* near = mm->mmap.get(); near != nullptr; near = near->vm_next.get()) {
    if (!mergeable(near, vma) && !mergeable(vma, near)) continue;
    anon_vma* av = smp_load_acquire(&near->anon_vma);
    if (av == nullptr) continue;
    if (READ_ONCE(near->anon_vma_chains) == 1 || design().prepare == prepare::any_neighbour)
      return av;
  }
  return nullptr;
}

}  // namespace

void anon_vmas_begin() {
  const bool type_stable =
      design().av_life != av_life::page_lock_only && design().av_life != av_life::page_map_lock;
  w().anon_vma_cache = kmem_cache_create<anon_vma>(type_stable ? SLAB_TYPESAFE_BY_RCU : SLAB_NONE);
  w().anon_vma_chain_cache = kmem_cache_create<anon_vma_chain>();
}

bool anon_vma_prepare(vm_area_struct* vma) {
  might_sleep();
  if (smp_load_acquire(&vma->anon_vma) != nullptr) return true;
  mm_struct* mm = vma->vm_mm.get();
  if (design().vma_prepare == vma_prepare::mmap_sem) lockdep_assert_held(&mm->mmap_sem);

  anon_vma_chain* avc = avc_alloc(GFP_KERNEL);
  if (avc == nullptr) return false;
  anon_vma* av = find_mergeable_anon_vma(vma);
  anon_vma* allocated = nullptr;
  if (av == nullptr) {
    av = allocated = anon_vma_alloc();
    if (av == nullptr) {
      avc_free(avc);
      return false;
    }
  }
  // A new one is locked too: a lookup may have found this memory through an old page.
  const bool lock = allocated == nullptr || design().prepare != prepare::new_unlocked;
  anon_vma* root = lock ? lock_anon_vma_root(nullptr, av) : nullptr;
  const bool attach_locked = design().prepare != prepare::mmap_sem_only;
  if (attach_locked) spin_lock(&mm->page_table_lock);
  if (!attach_locked || READ_ONCE(vma->anon_vma) == nullptr) {
    reached(allocated != nullptr ? reach_counter::prepare_new : reach_counter::prepare_merged);
    anon_vma_chain_link(vma, avc, av);
    if (allocated != nullptr) add(&av->num_children, 1);
    add(&av->num_active_vmas, 1);
    // A neighbour may take it over without a lock, and goes to its root at once.
    if (design().av_publish == av_publish::release)
      smp_store_release(&vma->anon_vma, av);
    else
      WRITE_ONCE(vma->anon_vma, av);
    allocated = nullptr;
    avc = nullptr;
  }
  if (attach_locked) spin_unlock(&mm->page_table_lock);
  unlock_anon_vma_root(root);

  if (avc == nullptr) oracle_neighbours(vma);
  if (avc != nullptr) reached(reach_counter::prepare_loser);
  if (allocated != nullptr) discard_anon_vma(allocated);
  if (avc != nullptr) avc_free(avc);
  return true;
}

namespace {

// Whether fork may give a child's vma this anon_vma of an ancestor instead of one of its own: it
// has one child at most, so chains do not grow, and no vma has it as its own.
bool reusable(const anon_vma* av, const anon_vma* parents) {
  switch (const av_reuse how = design().av_reuse; how) {
    case av_reuse::two_counters:
      return av->num_active_vmas.get() == 0 && av->num_children.get() < 2;
    case av_reuse::degree:
      return av != parents && av->num_children.get() + av->num_active_vmas.get() < 2;
    case av_reuse::never:
      break;
  }
  return false;
}

// Attaches `vma` to each anon_vma that `src` is attached to, and gives it `own`, or if `pick` one
// that is free. False: no memory, and nothing is attached.
bool anon_vma_clone(vm_area_struct* vma, vm_area_struct* src, anon_vma* own, bool pick) {
  anon_vma* root = nullptr;
  bool counted = false;
  anon_vma* parents = smp_load_acquire(&src->anon_vma);
  // Oldest first, so that the root comes last in the new list too.
  for (list_head* node = src->anon_vma_chain.prev.get(); node != &src->anon_vma_chain;
       node = node->prev.get()) {
    anon_vma* av = RW_ENTRY(node, anon_vma_chain, same_vma)->anon_vma.get();
    anon_vma_chain* avc = avc_alloc(GFP_NOWAIT);
    if (avc == nullptr) {
      if (counted) {
        root = lock_relative(root, own);
        add(&own->num_active_vmas, -1);
      }
      unlock_anon_vma_root(root);
      unlink_anon_vmas(vma);
      reached(reach_counter::clone_failed);
      return false;
    }
    root = lock_anon_vma_root(root, av);
    anon_vma_chain_link(vma, avc, av);
    if (pick && own == nullptr && reusable(av, parents)) {
      reached(reach_counter::anon_vma_reused);
      oracle_anon_vma_reused(av);
      own = av;
    }
    if (av != own) continue;
    add(&own->num_active_vmas, 1);
    counted = true;
  }
  if (own != nullptr) smp_store_release(&vma->anon_vma, own);
  unlock_anon_vma_root(root);
  return true;
}

// The child's own anon_vma, below its parent's. False: no memory, and `vma` has none at all.
bool add_own_anon_vma(vm_area_struct* vma, anon_vma* parents) {
  anon_vma* av = anon_vma_alloc();
  anon_vma_chain* avc = av != nullptr ? avc_alloc(GFP_KERNEL) : nullptr;
  if (avc == nullptr) {
    if (av != nullptr) discard_anon_vma(av);
    unlink_anon_vmas(vma);
    reached(reach_counter::clone_failed);
    return false;
  }
  // The root outlives its children: each holds a reference.
  anon_vma* root = READ_ONCE(parents->root);
  WRITE_ONCE(av->root, root);
  av->parent.set(parents);
  atomic_inc(anon_vma_pins(root));
  smp_store_release(&vma->anon_vma, av);
  anon_vma* locked = anon_vma_locks_own() ? av : root;
  anon_vma_lock_write(locked);
  anon_vma_chain_link(vma, avc, av);
  add(&av->num_active_vmas, 1);
  locked = lock_relative(locked, parents);
  add(&parents->num_children, 1);
  anon_vma_unlock_write(locked);
  return true;
}

}  // namespace

bool anon_vma_join(vm_area_struct* vma, vm_area_struct* src) {
  anon_vma* own = smp_load_acquire(&src->anon_vma);
  return own == nullptr || anon_vma_clone(vma, src, own, false);
}

bool anon_vma_fork(vm_area_struct* vma, vm_area_struct* parent) {
  anon_vma* parents = smp_load_acquire(&parent->anon_vma);
  if (parents == nullptr) return true;
  const bool clone = design().fork_chains == fork_chains::clone;
  if (clone && !anon_vma_clone(vma, parent, nullptr, true)) return false;
  return smp_load_acquire(&vma->anon_vma) != nullptr || add_own_anon_vma(vma, parents);
}

void unlink_anon_vmas(vm_area_struct* vma) {
  anon_vma* root = nullptr;
  anon_vma* own = smp_load_acquire(&vma->anon_vma);
  list_head* chains = &vma->anon_vma_chain;
  for (list_head *node = chains->next.get(), *next; node != chains; node = next) {
    next = node->next.get();
    anon_vma_chain* avc = RW_ENTRY(node, anon_vma_chain, same_vma);
    anon_vma* av = avc->anon_vma.get();
    root = lock_anon_vma_root(root, av);
    list_del(&avc->same_anon_vma);
    if (av == own) add(&av->num_active_vmas, -1);
    // An empty one is put below: the put may need the lock that is held here.
    if (list_empty(&av->head)) {
      const bool free = unlinked_is_unused(av);
      anon_vma* parent = av->parent.get();  // of an older chain of `vma`, so not unlinked yet
      root = lock_relative(root, parent);
      add(&parent->num_children, -1);
      if (free) continue;
    }
    list_del(&avc->same_vma);
    avc_free(avc);
  }
  unlock_anon_vma_root(root);

  for (list_head *node = chains->next.get(), *next; node != chains; node = next) {
    next = node->next.get();
    anon_vma_chain* avc = RW_ENTRY(node, anon_vma_chain, same_vma);
    put_unlinked(avc->anon_vma.get());
    list_del(&avc->same_vma);
    avc_free(avc);
  }
}

void anon_vma_free(anon_vma* av) {
  if (lookup_by_trylock()) {
    if (anon_vma_lock_sleeps()) might_sleep();
    // No RCU section here: whose lock it is must be there by right.
    anon_vma* root = anon_vma_to_lock(av);
    oracle_root_alive(root);
    if (anon_vma_is_locked(root)) {
      reached(reach_counter::free_waited);
      anon_vma_lock_write(root);
      anon_vma_unlock_write(root);
    } else {
      // Who held it has let go before the free.
      smp_acquire__after_ctrl_dep(anon_vma_lock_word(root));
    }
  }
  oracle_anon_vma_freed(av);
  kmem_cache_free(w().anon_vma_cache, av);
}

void put_anon_vma(anon_vma* av, sync::site where) {
  if (counts_externally()) return drop_external(av, where);
  const int left = atomic_dec_return(&av->refcount, where);
  if (left < 0)
    sync::fail("refcount", {"anon_vma.refcount", sync::function_name(where)},
               object_name(av) + " loses a reference that nobody holds", where);
  if (left == 0) free_last_anon_vma(av, where);
}

void free_last_anon_vma(anon_vma* av, sync::site where) {
  anon_vma* root = READ_ONCE(av->root, where);
  if (design().av_free_order == av_free_order::root_then_child) {
    if (root != av) put_anon_vma(root, where);
    anon_vma_free(av);
    return;
  }
  anon_vma_free(av);
  if (root == av || !atomic_dec_and_test(&root->refcount, where)) return;
  reached(reach_counter::root_outlived);
  anon_vma_free(root);
}

}  // namespace rw::mm
