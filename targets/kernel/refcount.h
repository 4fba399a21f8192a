// refcount_t: a reference count that may never come back from zero nor go below it.
//
// Models lib/refcount.c (4.11 to today) with its orders: inc is relaxed, dec is release, and the
// one who drops the last reference acquires. For code older than that use atomic_t (access.h).
// Of objects whose memory may be used anew (6.15): whoever sets the count releases, and whoever
// then gets a reference acquires.
// Promises: underflow and an increment from zero are failures of kind "refcount".
// Changed: no saturation; the kernel warns and saturates where we fail.
#pragma once

#include "fuzz/sync/sync.h"

namespace rw::kernel {

struct refcount_t {
  sync::atomic<int> refs;
};

void refcount_set(refcount_t* r, int n, sync::site where = sync::site::current());
int refcount_read(const refcount_t* r, sync::site where = sync::site::current());
// The caller already owns a reference.
void refcount_inc(refcount_t* r, sync::site where = sync::site::current());
// Returns whether there was one to share.
bool refcount_inc_not_zero(refcount_t* r, sync::site where = sync::site::current());
// Returns true to the one who dropped the last reference.
bool refcount_dec_and_test(refcount_t* r, sync::site where = sync::site::current());
// The same; *before: the count that it found.
bool __refcount_dec_and_test(refcount_t* r, int* before, sync::site where = sync::site::current());
// The same with `n` references.
bool refcount_sub_and_test(int n, refcount_t* r, sync::site where = sync::site::current());

// The object is ready for those who find it without a reference.
void refcount_set_release(refcount_t* r, int n, sync::site where = sync::site::current());
// `n` more, unless the count is zero. Orders nothing.
bool refcount_add_not_zero(int n, refcount_t* r, sync::site where = sync::site::current());
// One more, unless the count is zero or would exceed `limit` (kernel: with two underscores, and
// hands out the old count).
bool refcount_inc_not_zero_limited_acquire(refcount_t* r, int limit,
                                           sync::site where = sync::site::current());

}  // namespace rw::kernel
