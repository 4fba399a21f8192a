// The lock of the lists of chains: one in the root for its whole tree of anon_vmas, or with own
// locks one in each anon_vma (axis av_lock).
//
// Models anon_vma_lock_write, anon_vma_lock_read of 3.8 (an rwsem in the root), the mutex of
// 3.0 (every walk excludes every other), the spinlock of 2.6.36 (nobody may sleep under it: no
// subscriber's callback either, which is why the mails of 2008 and 2011 wanted it gone) and the
// rwlock of the mail of 2008-04-28; and, in each anon_vma, the spinlock of 2.6.9 to 2.6.35 and the
// rwsem of the series of 2008.
// Own locks: a walk takes the lock of its page's anon_vma, which keeps areas from leaving that one
// list. Whoever has to keep off each walk to an area takes those of all its anon_vmas, the oldest
// first: all chains of a tree go back to its root, whose lock so admits one nester at a time. With
// register_lock=sorted it is by address, as mm_take_all_locks does it then.
// Changed: chains (2.6.34) are there with each kind of lock; 2.6.34 and 2.6.35 moved boundaries
// under the area's own anon_vma's lock alone, which is wrong (vma_adjust_lock=own_anon_vma).
#pragma once

#include "targets/mm/anon_vma.h"
#include "targets/mm/design.h"
#include "targets/mm/global_lock.h"

namespace rw::mm {

struct rmap_locks;

inline bool anon_vma_lock_spins() {
  return design().av_lock == av_lock::spinlock || design().av_lock == av_lock::spinlock_own;
}
inline bool anon_vma_lock_shared() {
  return design().av_lock == av_lock::rwsem || design().av_lock == av_lock::rwsem_own;
}
inline bool anon_vma_locks_own() {
  return design().av_lock == av_lock::spinlock_own || design().av_lock == av_lock::rwsem_own;
}
inline bool anon_vma_lock_is_rwlock() {
  return design().av_lock == av_lock::rwlock;
}

inline bool anon_vma_lock_sleeps() {
  return !anon_vma_lock_spins() && !anon_vma_lock_is_rwlock();
}

// The anon_vma whose lock protects the list of `av`. Whoever unlocks must name the one he has
// locked.
inline anon_vma* anon_vma_to_lock(anon_vma* av, sync::site where = sync::site::current()) {
  return anon_vma_locks_own() ? av : READ_ONCE(av->root, where);
}

// ---- `it` is what anon_vma_to_lock has said -----------------------------------------------------

inline void anon_vma_lock_write(anon_vma* it, sync::site where = sync::site::current()) {
  global_lock_enter(where);
  if (anon_vma_lock_spins()) return spin_lock(&it->spinlock, where);
  if (anon_vma_lock_is_rwlock()) return write_lock(&it->rwlock, where);
  down_write(&it->rwsem, where);
}
// One of several: whoever takes them holds `nest_lock`.
inline void anon_vma_lock_write_nest(anon_vma* it, const void* nest_lock,
                                     sync::site where = sync::site::current()) {
  global_lock_enter(where);
  if (anon_vma_lock_spins()) return spin_lock_nest_lock(&it->spinlock, nest_lock, where);
  if (anon_vma_lock_is_rwlock()) return write_lock_nest_lock(&it->rwlock, nest_lock, where);
  down_write_nest_lock(&it->rwsem, nest_lock, where);
}
inline void anon_vma_unlock_write(anon_vma* it, sync::site where = sync::site::current()) {
  if (anon_vma_lock_spins()) return spin_unlock(&it->spinlock, where);
  if (anon_vma_lock_is_rwlock()) return write_unlock(&it->rwlock, where);
  up_write(&it->rwsem, where);
  global_lock_leave(where);
}

inline void anon_vma_lock_read(anon_vma* it, sync::site where = sync::site::current()) {
  if (anon_vma_lock_is_rwlock()) return read_lock(&it->rwlock, where);
  if (!anon_vma_lock_shared()) return anon_vma_lock_write(it, where);
  global_lock_enter(where);
  down_read(&it->rwsem, where);
}
inline bool anon_vma_trylock_read(anon_vma* it, sync::site where = sync::site::current()) {
  if (anon_vma_lock_spins()) return spin_trylock(&it->spinlock, where);
  if (anon_vma_lock_is_rwlock()) return read_trylock(&it->rwlock, where);
  if (!global_lock_tryenter(where)) return false;
  const bool got = anon_vma_lock_shared() ? down_read_trylock(&it->rwsem, where)
                                          : down_write_trylock(&it->rwsem, where);
  if (!got) global_lock_leave(where);
  return got;
}
inline void anon_vma_unlock_read(anon_vma* it, sync::site where = sync::site::current()) {
  if (anon_vma_lock_is_rwlock()) return read_unlock(&it->rwlock, where);
  if (!anon_vma_lock_shared()) return anon_vma_unlock_write(it, where);
  up_read(&it->rwsem, where);
  global_lock_leave(where);
}

inline bool anon_vma_is_locked(const anon_vma* it, sync::site where = sync::site::current()) {
  if (anon_vma_lock_is_rwlock()) return !write_can_lock(&it->rwlock, where);
  return anon_vma_lock_spins() ? spin_is_locked(&it->spinlock, where)
                               : rwsem_is_locked(&it->rwsem, where);
}
// The word that anon_vma_is_locked looks at.
inline const sync::atomic<std::uint32_t>& anon_vma_lock_word(const anon_vma* it) {
  if (anon_vma_lock_is_rwlock()) return it->rwlock.word.bits;
  return anon_vma_lock_spins() ? it->spinlock.word.bits : it->rwsem.word.bits;
}

// ---- one after the other ------------------------------------------------------------------------

// On to `av` from the lock of `locked` (null: none). The anon_vmas of one vma have one root, which
// is locked once. Returns what is locked now.
inline anon_vma* lock_anon_vma_root(anon_vma* locked, anon_vma* av) {
  anon_vma* root = anon_vma_to_lock(av);
  if (root == locked) return locked;
  if (locked != nullptr) anon_vma_unlock_write(locked);
  anon_vma_lock_write(root);
  return root;
}
// The same where `av` is known to be of the tree of `locked`.
inline anon_vma* lock_relative(anon_vma* locked, anon_vma* av) {
  return anon_vma_locks_own() ? lock_anon_vma_root(locked, av) : locked;
}
inline void unlock_anon_vma_root(anon_vma* locked) {
  if (locked != nullptr) anon_vma_unlock_write(locked);
}

// ---- all of one vma, with own locks: anon_vma_own_locks.cc --------------------------------------

// mmap_sem is held for writing, and the chain does not change until the unlock.
void lock_own_anon_vmas(vm_area_struct* vma);
void unlock_own_anon_vmas(vm_area_struct* vma);
// Instead of take_rmap_locks, with vma_adjust_lock=own_anon_vma: of its anon_vmas the one that new
// pages get.
rmap_locks take_one_own_lock(vm_area_struct* vma);

}  // namespace rw::mm
