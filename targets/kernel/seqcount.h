// seqcount_t, seqlock_t: readers go ahead without a lock and look afterwards whether a writer was
// in.
//
// Models include/linux/seqlock.h (3.x to today). What it protects is read with READ_ONCE and
// written with WRITE_ONCE: it is read while it changes. Odd: a writer is inside. Changed: a reader
// that meets an odd count is descheduled until another task has made a step. Left out: latches,
// lock-associated variants (lockdep_assert_held says the same).
#pragma once

#include "targets/kernel/access.h"
#include "targets/kernel/spinlock.h"

namespace rw::kernel {

struct seqcount_t {
  sync::atomic<std::uint32_t> sequence;
};

void seqcount_init(seqcount_t* s, sync::site where = sync::site::current());
// Returns an even count, to be handed to read_seqcount_retry.
std::uint32_t read_seqcount_begin(const seqcount_t* s, sync::site where = sync::site::current());
// True: a writer was in, what was read means nothing.
bool read_seqcount_retry(const seqcount_t* s, std::uint32_t start,
                         sync::site where = sync::site::current());
// One look, without waiting for an even count: such a count always asks for a retry.
std::uint32_t raw_read_seqcount(const seqcount_t* s, sync::site where = sync::site::current());
// Writers exclude each other by a lock of their own. Preemption is off in between.
void write_seqcount_begin(seqcount_t* s, sync::site where = sync::site::current());
void write_seqcount_end(seqcount_t* s, sync::site where = sync::site::current());
// The same with preemption left alone: the writer may sleep inside, and readers then wait for long.
void raw_write_seqcount_begin(seqcount_t* s, sync::site where = sync::site::current());
void raw_write_seqcount_end(seqcount_t* s, sync::site where = sync::site::current());

struct seqlock_t {
  seqcount_t seqcount;
  spinlock_t lock;
};

void seqlock_init(seqlock_t* sl, lock_class& cls, sync::site where = sync::site::current());
std::uint32_t read_seqbegin(const seqlock_t* sl, sync::site where = sync::site::current());
bool read_seqretry(const seqlock_t* sl, std::uint32_t start,
                   sync::site where = sync::site::current());
void write_seqlock(seqlock_t* sl, sync::site where = sync::site::current());
void write_sequnlock(seqlock_t* sl, sync::site where = sync::site::current());

}  // namespace rw::kernel
