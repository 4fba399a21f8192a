#include "targets/mm/global_lock.h"

#include "targets/mm/world.h"

namespace rw::mm {

namespace {

// How many locks beneath it the calling task holds.
sync::cell<std::uint32_t>& depth() {
  return w().global_lock_depth[sync::current_task()];
}

}  // namespace

void global_lock_enter(sync::site where) {
  if (!locks_globally()) return;
  if (depth().get() == 0) mutex_lock(&w().global_lock, where);
  depth().set(depth().get() + 1);
}

bool global_lock_tryenter(sync::site where) {
  if (!locks_globally()) return true;
  if (depth().get() == 0 && !mutex_trylock(&w().global_lock, where)) return false;
  depth().set(depth().get() + 1);
  return true;
}

void global_lock_leave(sync::site where) {
  if (!locks_globally()) return;
  depth().set(depth().get() - 1);
  if (depth().get() == 0) mutex_unlock(&w().global_lock, where);
}

}  // namespace rw::mm
