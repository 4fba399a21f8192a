#include "targets/mm/anon_vma_external.h"

#include "targets/mm/anon_vma_lock.h"

namespace rw::mm {

namespace {

// In no list, and counted by nobody.
void free_unused(anon_vma* av, sync::site where) {
  anon_vma* root = READ_ONCE(av->root, where);
  const bool root_first = design().av_free_order == av_free_order::root_then_child;
  if (root_first && root != av) drop_external(root, where);
  anon_vma_free(av);
  if (!root_first && root != av) drop_external(root, where);
}

}  // namespace

void drop_external(anon_vma* av, sync::site where) {
  // atomic_dec_and_lock: only the last one needs the lock.
  if (atomic_add_unless(&av->external_refcount, -1, 1, where)) return;
  anon_vma* locked = anon_vma_to_lock(av, where);
  anon_vma_lock_write(locked, where);
  const int left = atomic_dec_return(&av->external_refcount, where);
  if (left < 0)
    sync::fail("refcount", {"anon_vma.external_refcount", sync::function_name(where)},
               object_name(av) + " loses a reference that nobody holds", where);
  const bool unused = left == 0 && list_empty(&av->head);
  anon_vma_unlock_write(locked, where);
  if (unused) free_unused(av, where);
}

void discard_anon_vma(anon_vma* av, sync::site where) {
  if (counts_externally()) return anon_vma_free(av);
  put_anon_vma(av, where);
}

bool unlinked_is_unused(const anon_vma* av) {
  return !counts_externally() || atomic_read(&av->external_refcount) == 0;
}

void put_unlinked(anon_vma* av, sync::site where) {
  if (counts_externally()) return free_unused(av, where);
  put_anon_vma(av, where);
}

}  // namespace rw::mm
