// anon_vma: how rmap gets from an anonymous page to the vmas that may map it; its life and its
// lock.
//
// Models mm/rmap.c of 3.8: the root's rwsem, chains (5beb49305251), one refcount
// (746b18d421da), the lookup without it (88c22088bf23 with eee0f252c653), and later fixes where
// they are right: free order of 624483f3ea82, put outside RCU of 7f39dda9d86f, publication of
// b6ac0b3f6013, reuse of an ancestor's anon_vma by fork (7a3ef208e662 with 2555283eb40d).
// - refcount: one while the list of chains is not empty, one per child (in the root), one per pin.
// - A page mapped by a pte has its anon_vma attached to a vma, so not freed, so its root is stable.
// - The memory is type-stable: a lookup may meet a freed or recycled anon_vma and must notice.
// The axes av_life and av_free_order change the lookup and the free (design.def), from 2.6.7's bit
// lock to 3.8; with av_life=external_refcount pins and children are counted beside the list
// (anon_vma_external.h), and `refcount` is not used.
// Changed: a list in order of insertion instead of an interval tree (which keeps that order among
// equals); the mark of mm_take_all_locks is a field, not the low bit of a pointer.
// Pins are migration's, KSM's rmap items' (ksm.h), and handles that programs hold.
#pragma once

#include "targets/mm/list.h"
#include "targets/mm/locks.h"

namespace rw::mm {

struct page;
struct vm_area_struct;

struct anon_vma {
  sync::atomic<anon_vma*> root;
  // Protects `head`: of each anon_vma of a root's tree, or its own (anon_vma_lock.h). One of these:
  rw_semaphore rwsem;
  spinlock_t spinlock;
  rwlock_t rwlock;
  atomic_t refcount;
  atomic_t external_refcount;    // instead of it with av_life=external_refcount
  list_head head;                // chains, oldest first
  sync::cell<anon_vma*> parent;  // whom fork took it from; its own if a root
  // Under the lock of `head`. A root counts itself as its child.
  sync::cell<std::uint32_t> num_children;
  sync::cell<std::uint32_t> num_active_vmas;  // vmas whose new pages it gets
  sync::cell<std::uint32_t> all_locks_taken;  // whose lock is taken: under mm_all_locks_mutex
};

struct anon_vma_chain {
  sync::cell<vm_area_struct*> vma;
  sync::cell<mm::anon_vma*> anon_vma;
  list_head same_vma;       // in vma->anon_vma_chain
  list_head same_anon_vma;  // in anon_vma->head
};

void anon_vmas_begin();

// Gives `vma` an anon_vma if it has none. mmap_sem held. False: no memory.
bool anon_vma_prepare(vm_area_struct* vma);
// `vma`, which has none, joins all anon_vmas of `src`, of the same mm, and will give its new pages
// to the same one. mmap_sem held for writing. False: no memory, and nothing is attached.
bool anon_vma_join(vm_area_struct* vma, vm_area_struct* src);
// A child's vma: it joins the parent's anon_vmas, and gets one for the pages it will copy: a new
// one, or one of the parent's that no vma uses any more (axis av_reuse).
bool anon_vma_fork(vm_area_struct* vma, vm_area_struct* parent);
// `vma` leaves its anon_vmas, and those that only it kept are freed. Nothing of it may be mapped;
// mmap_sem held for writing, or the mm dies. May sleep unless the lock spins.
void unlink_anon_vmas(vm_area_struct* vma);

// The anon_vma of a mapped anonymous page, locked for reading; null: the page is not mapped. May
// sleep unless the lock spins. Under av_life::page_lock_only the caller holds the page lock.
anon_vma* page_lock_anon_vma_read(page* p);
void page_unlock_anon_vma_read(anon_vma* av, sync::site where = sync::site::current());

// The same with a reference instead of the lock; never sleeps but in the put of a lost race.
anon_vma* page_get_anon_vma(page* p);
// May sleep: freeing waits for whoever holds the root lock.
void put_anon_vma(anon_vma* av, sync::site where = sync::site::current());
// For who has dropped the last reference already (kernel: __put_anon_vma).
void free_last_anon_vma(anon_vma* av, sync::site where = sync::site::current());
// Back to the slab: one that nobody refers to, and that is in no list.
void anon_vma_free(anon_vma* av);

}  // namespace rw::mm

RW_TYPE_NAMED(rw::mm::anon_vma, "anon_vma", root, rwsem, spinlock, rwlock, refcount,
              external_refcount, head, parent, num_children, num_active_vmas, all_locks_taken)
RW_TYPE_NAMED(rw::mm::anon_vma_chain, "anon_vma_chain", vma, anon_vma, same_vma, same_anon_vma)
