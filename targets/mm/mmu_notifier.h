// mmu notifiers: how subscribers (devices with page tables or TLBs of their own) learn of changes.
//
// Models mm/mmu_notifier.c and mm_take_all_locks of 3.10, with the calls placed as since 4.13: each
// change of ptes stands between invalidate_range_start and _end, outside page_table_lock; ageing is
// inside it and must not sleep. SRCU protects walks of the list (21a92735f660). Every such pair
// runs under mmap_sem, an i_mmap_mutex or an anon_vma root lock, so whoever holds all of an mm's
// locks knows that none is open (axis register_lock). Exit and unregister: axis notifier_unlink.
// Where there are no pairs: notify_in_ptl.h.
// Changed: the struct with the list is published by cmpxchg, so that the lock-less variants fail
// for their own reason only.
// Left out: clear_young, test_young, invalidate_range, signals during mm_take_all_locks, interval
// notifiers.
#pragma once

#include "targets/mm/hlist.h"

namespace rw::mm {

struct anon_vma;
struct file;
struct mm_struct;
struct mmu_notifier;

// Ranges are page numbers: [start, end).
struct mmu_notifier_ops {
  // All mappings of the mm must go and none may come. May be called twice, from two tasks.
  void (*release)(mmu_notifier*, mm_struct*);
  // Atomic context. Returns whether the device has used the page, and forgets it. May be null.
  bool (*clear_flush_young)(mmu_notifier*, mm_struct*, unsigned address);
  // False: it would have to sleep, and may not. Never if `blockable`.
  bool (*invalidate_range_start)(mmu_notifier*, mm_struct*, unsigned start, unsigned end,
                                 bool blockable);
  void (*invalidate_range_end)(mmu_notifier*, mm_struct*, unsigned start, unsigned end);
  // The pte of one page is gone, or permits less; the page is not freed before this returns.
  void (*invalidate_page)(mmu_notifier*, mm_struct*, unsigned address);
  // The pte of one page is about to name another page. May be null.
  void (*change_pte)(mmu_notifier*, mm_struct*, unsigned address);
  // After mmu_notifier_put: frees it. Atomic context.
  void (*free_notifier)(mmu_notifier*);
};

struct mmu_notifier {
  hlist_node hlist;
  sync::cell<const mmu_notifier_ops*> ops;  // constant once registered
  rcu_head rcu;                             // of mmu_notifier_put, as the next one
  sync::cell<mm_struct*> mm;
  sync::cell<std::uint32_t> generation;   // register_lock=grace_period; likewise
  sync::ghost<std::uint32_t> registered;  // its register has returned
};

inline mmu_notifier* notifier_of(hlist_node* n) {
  return RW_ENTRY(n, mmu_notifier, hlist);
}

// A pair, on the stack of who opens it (kernel 5.0): page numbers [start, end).
struct mmu_notifier_range {
  mm_struct* mm;
  unsigned start;
  unsigned end;
  int idx = 0;                   // of its SRCU section, with register_lock=grace_period
  std::uint32_t generation = 0;  // subscribers up to this one hear of it
  unsigned number = 0;           // oracle_pairs.h
};

struct mmu_notifier_mm {
  sync::atomic<hlist_node*> first;
  sync::atomic<std::uint32_t> generation;  // of the newest subscriber
  spinlock_t lock;
};

// A new subscriber, in no list.
void mmu_notifier_init(mmu_notifier* mn, const mmu_notifier_ops* ops);
// Links `mn`, which must have `ops`, and takes an mm_count. The caller holds mm_users. False: no
// memory, or it took too long.
bool mmu_notifier_register(mmu_notifier* mn, mm_struct* mm);
// Afterwards no callback of `mn` runs; it may be freed. Needs mm_count, which it drops.
void mmu_notifier_unregister(mmu_notifier* mn, mm_struct* mm);
// The same without waiting (5.4): `mn`, which maps nothing any more, is freed by its free_notifier
// when no callback of it runs. Needs mm_count, which it drops.
void mmu_notifier_put(mmu_notifier* mn, mm_struct* mm);
// The address space is about to go: subscribers let go of its pages.
void mmu_notifier_release(mm_struct* mm);
void mmu_notifier_mm_destroy(mm_struct* mm);

// Keeps the subscribers of every list, for callbacks that may sleep (axis notifier_reader). Returns
// what the unlock needs.
int notifiers_read_lock(sync::site where = sync::site::current());
void notifiers_read_unlock(int idx, sync::site where = sync::site::current());

// Whether anybody subscribes, now.
bool mm_has_notifiers(mm_struct* mm);
void mmu_notifier_invalidate_range_start(mmu_notifier_range* range);
// For who may not wait (the OOM reaper). False: a subscriber refused; no end may follow.
bool mmu_notifier_invalidate_range_start_nonblock(mmu_notifier_range* range);
void mmu_notifier_invalidate_range_end(mmu_notifier_range* range);
bool mmu_notifier_clear_flush_young(mm_struct* mm, unsigned address);
void mmu_notifier_invalidate_page(mm_struct* mm, unsigned address);
void mmu_notifier_change_pte(mm_struct* mm, unsigned address);

// Whether `mn` is linked, for oracles: no step.
bool mmu_notifier_linked(const mmu_notifier* mn);

// What register_lock=sorted_array has collected: both in the order in which they are taken.
struct mm_lock_data {
  sync::cell<unsigned> files;
  sync::cell<unsigned> roots;
  sync::cell<file*> file[4];
  sync::cell<anon_vma*> root[64];
};

// mm_take_all_locks.cc. Take every i_mmap_mutex and anon_vma root lock of the mm; mmap_sem is held
// for writing. One mm at a time. False, and none is held: it took too long (axis register_cap),
// or there was no memory to sort them in (sorted_array).
bool mm_take_all_locks(mm_struct* mm);
void mm_drop_all_locks(mm_struct* mm);

}  // namespace rw::mm

RW_TYPE_NAMED(rw::mm::mmu_notifier_mm, "mmu_notifier_mm", first, generation, lock)
RW_TYPE_NAMED(rw::mm::mm_lock_data, "mm_lock_data", files, roots, file, root)
