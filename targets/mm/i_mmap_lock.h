// The lock of a file's list of vmas (axis i_mmap_lock).
//
// Models i_mmap_mutex of 3.0 and i_mmap_lock, a spinlock, of 2.6.39 and before, under the names of
// 3.19. Under the spinlock nobody may sleep: no subscriber's callback, no anon_vma lock of a kind
// that sleeps, no allocation that may wait. An unmap must let go of it now and then (axis i_mmap),
// or preemption is off for as long as there are mappings.
// Left out: the rwsem of 3.19, whose readers walk beside each other.
#pragma once

#include "targets/mm/design.h"
#include "targets/mm/file.h"
#include "targets/mm/global_lock.h"

namespace rw::mm {

inline bool i_mmap_lock_spins() {
  return design().i_mmap_lock == i_mmap_lock::spinlock;
}

inline void i_mmap_lock_write(file* f, sync::site where = sync::site::current()) {
  if (i_mmap_lock_spins()) return spin_lock(&f->i_mmap_lock, where);
  global_lock_enter(where);
  mutex_lock(&f->i_mmap_mutex, where);
}
// One of several: whoever takes them holds `nest_lock`.
inline void i_mmap_lock_write_nest(file* f, const void* nest_lock,
                                   sync::site where = sync::site::current()) {
  if (i_mmap_lock_spins()) return spin_lock_nest_lock(&f->i_mmap_lock, nest_lock, where);
  global_lock_enter(where);
  mutex_lock_nest_lock(&f->i_mmap_mutex, nest_lock, where);
}
inline void i_mmap_unlock_write(file* f, sync::site where = sync::site::current()) {
  if (i_mmap_lock_spins()) return spin_unlock(&f->i_mmap_lock, where);
  mutex_unlock(&f->i_mmap_mutex, where);
  global_lock_leave(where);
}

}  // namespace rw::mm
