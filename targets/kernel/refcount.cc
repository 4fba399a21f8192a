#include "targets/kernel/refcount.h"

#include <limits>

#include "targets/kernel/access.h"
#include "targets/kernel/context.h"

namespace rw::kernel {

namespace {

constexpr int kNoLimit = std::numeric_limits<int>::max();

[[noreturn]] void fail_refcount(const refcount_t* r, const char* what, int value,
                                sync::site where) {
  sync::fail("refcount", {what, field_name(r), sync::function_name(where)},
             fmt::format("{}: {}, the count was {}", sync::name_of(r), what, value), where);
}

// Returns the count before.
int drop(refcount_t* r, int n, sync::site where) {
  const int before = r->refs.fetch_sub(n, order::release, where);
  if (before < n) fail_refcount(r, "underflow", before, where);
  // The kernel's smp_acquire__after_ctrl_dep(): only who drops the last reference acquires.
  if (before == n) (void)r->refs.load(order::acquire, where);
  return before;
}

// `n` more, if there are some and not more than `limit` then.
bool add_not_zero(refcount_t* r, int n, int limit, order success, sync::site where) {
  int seen = r->refs.load(order::relaxed, where);
  while (seen > 0 && seen <= limit - n)
    if (r->refs.compare_exchange_strong(seen, seen + n, success, order::relaxed, where))
      return true;
  if (seen < 0) fail_refcount(r, "use below zero", seen, where);
  return false;
}

}  // namespace

void refcount_set(refcount_t* r, int n, sync::site where) {
  r->refs.store(n, order::relaxed, where);
}

int refcount_read(const refcount_t* r, sync::site where) {
  return r->refs.load(order::relaxed, where);
}

void refcount_inc(refcount_t* r, sync::site where) {
  const sync::operation scope("refcount_inc", r, where);
  const int before = r->refs.fetch_add(1, order::relaxed, where);
  if (before <= 0) fail_refcount(r, "increment from zero", before, where);
}

bool refcount_inc_not_zero(refcount_t* r, sync::site where) {
  const sync::operation scope("refcount_inc_not_zero", r, where);
  return add_not_zero(r, 1, kNoLimit, order::relaxed, where);
}

bool refcount_dec_and_test(refcount_t* r, sync::site where) {
  const sync::operation scope("refcount_dec_and_test", r, where);
  return drop(r, 1, where) == 1;
}

bool __refcount_dec_and_test(refcount_t* r, int* before, sync::site where) {
  const sync::operation scope("refcount_dec_and_test", r, where);
  *before = drop(r, 1, where);
  return *before == 1;
}

bool refcount_sub_and_test(int n, refcount_t* r, sync::site where) {
  const sync::operation scope("refcount_sub_and_test", r, where);
  return drop(r, n, where) == n;
}

void refcount_set_release(refcount_t* r, int n, sync::site where) {
  r->refs.store(n, order::release, where);
}

bool refcount_add_not_zero(int n, refcount_t* r, sync::site where) {
  const sync::operation scope("refcount_add_not_zero", r, where);
  return add_not_zero(r, n, kNoLimit, order::relaxed, where);
}

bool refcount_inc_not_zero_limited_acquire(refcount_t* r, int limit, sync::site where) {
  const sync::operation scope("refcount_inc_not_zero", r, where);
  return add_not_zero(r, 1, limit, order::acquire, where);
}

}  // namespace rw::kernel
