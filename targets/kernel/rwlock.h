// rwlock_t: a spinning reader-writer lock.
//
// Models kernel/locking/qrwlock.c (3.16 to today): a waiting writer blocks new readers. (Before, in
// process context too, readers could starve writers.) Nothing is touched after the release.
// Changed and left out: as spinlock.h.
#pragma once

#include "targets/kernel/lock_word.h"
#include "targets/kernel/lockdep.h"

namespace rw::kernel {

struct rwlock_t {
  lock_word word;
  lock_tag tag;
};

void rwlock_init(rwlock_t* lock, lock_class& cls, sync::site where = sync::site::current());
void rwlock_init(rwlock_t* lock, sync::site where = sync::site::current());

void read_lock(rwlock_t* lock, sync::site where = sync::site::current());
bool read_trylock(rwlock_t* lock, sync::site where = sync::site::current());
void read_unlock(rwlock_t* lock, sync::site where = sync::site::current());
void write_lock(rwlock_t* lock, sync::site where = sync::site::current());
// A further lock of the class; `nest_lock`, held for writing, admits one nester at a time.
void write_lock_nest_lock(rwlock_t* lock, const void* nest_lock,
                          sync::site where = sync::site::current());
bool write_trylock(rwlock_t* lock, sync::site where = sync::site::current());
void write_unlock(rwlock_t* lock, sync::site where = sync::site::current());

// A probe: whether nobody holds it. A relaxed look at the word, always a step of its own.
bool write_can_lock(const rwlock_t* lock, sync::site where = sync::site::current());

}  // namespace rw::kernel
