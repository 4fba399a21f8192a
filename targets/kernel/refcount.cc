#include "targets/kernel/refcount.h"

#include "targets/kernel/access.h"
#include "targets/kernel/context.h"

namespace rw::kernel {

namespace {

[[noreturn]] void fail_refcount(const refcount_t* r, const char* what, int value,
                                sync::site where) {
  sync::fail("refcount", {what, field_name(r), sync::function_name(where)},
             fmt::format("{}: {}, the count was {}", sync::name_of(r), what, value), where);
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
  int seen = r->refs.load(order::relaxed, where);
  while (seen > 0)
    if (r->refs.compare_exchange_strong(seen, seen + 1, order::relaxed, order::relaxed, where))
      return true;
  if (seen < 0) fail_refcount(r, "use below zero", seen, where);
  return false;
}

bool refcount_dec_and_test(refcount_t* r, sync::site where) {
  const sync::operation scope("refcount_dec_and_test", r, where);
  const int before = r->refs.fetch_sub(1, order::release, where);
  if (before <= 0) fail_refcount(r, "underflow", before, where);
  if (before != 1) return false;
  // The kernel's smp_acquire__after_ctrl_dep(): only who drops the last reference acquires.
  (void)r->refs.load(order::acquire, where);
  return true;
}

}  // namespace rw::kernel
