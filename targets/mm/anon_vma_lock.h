// The lock of a tree of anon_vmas, in its root (axis av_lock).
//
// Models anon_vma_lock_write, anon_vma_lock_read of 3.8 (an rwsem, K6), the mutex of 3.0 (every
// walk excludes every other) and the spinlock of 2.6.36 (nobody may sleep under it: no subscriber's
// callback either, which is why the mails of 2008 and 2011 wanted it gone).
// Left out: a lock in each anon_vma instead of the root; the rwlock of the mail of 2008-04-28,
// which differs from the spinlock in walks beside each other only.
#pragma once

#include "targets/mm/anon_vma.h"
#include "targets/mm/design.h"

namespace rw::mm {

inline bool anon_vma_lock_spins() {
  return design().av_lock == av_lock::spinlock;
}
inline bool anon_vma_lock_shared() {
  return design().av_lock == av_lock::rwsem;
}

inline void anon_vma_lock_write(anon_vma* root, sync::site where = sync::site::current()) {
  if (anon_vma_lock_spins()) return spin_lock(&root->spinlock, where);
  down_write(&root->rwsem, where);
}
// One of several: whoever takes them holds `nest_lock`.
inline void anon_vma_lock_write_nest(anon_vma* root, const void* nest_lock,
                                     sync::site where = sync::site::current()) {
  if (anon_vma_lock_spins()) return spin_lock_nest_lock(&root->spinlock, nest_lock, where);
  down_write_nest_lock(&root->rwsem, nest_lock, where);
}
inline void anon_vma_unlock_write(anon_vma* root, sync::site where = sync::site::current()) {
  if (anon_vma_lock_spins()) return spin_unlock(&root->spinlock, where);
  up_write(&root->rwsem, where);
}

inline void anon_vma_lock_read(anon_vma* root, sync::site where = sync::site::current()) {
  if (!anon_vma_lock_shared()) return anon_vma_lock_write(root, where);
  down_read(&root->rwsem, where);
}
inline bool anon_vma_trylock_read(anon_vma* root, sync::site where = sync::site::current()) {
  if (anon_vma_lock_spins()) return spin_trylock(&root->spinlock, where);
  return anon_vma_lock_shared() ? down_read_trylock(&root->rwsem, where)
                                : down_write_trylock(&root->rwsem, where);
}
inline void anon_vma_unlock_read(anon_vma* root, sync::site where = sync::site::current()) {
  if (!anon_vma_lock_shared()) return anon_vma_unlock_write(root, where);
  up_read(&root->rwsem, where);
}

inline bool anon_vma_is_locked(const anon_vma* root, sync::site where = sync::site::current()) {
  return anon_vma_lock_spins() ? spin_is_locked(&root->spinlock, where)
                               : rwsem_is_locked(&root->rwsem, where);
}
// The word that anon_vma_is_locked looks at.
inline const sync::atomic<std::uint32_t>& anon_vma_lock_word(const anon_vma* root) {
  return anon_vma_lock_spins() ? root->spinlock.word.bits : root->rwsem.word.bits;
}

}  // namespace rw::mm
