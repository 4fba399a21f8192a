// The external count of an anon_vma: pins beside the list, in the time before one refcount.
//
// Models get_anon_vma and drop_anon_vma of 2.6.36 to 2.6.38 (av_life=external_refcount):
// migration's and KSM's pins, and those that children have on their root, are counted in
// external_refcount; the areas are counted by the list itself. An anon_vma goes when its list is
// empty and the count is 0. Both are looked at under the list's lock, or two tasks would each leave
// the free to the other, or both free. A pin is taken under that lock too, with the page seen
// mapped (1ce82b69e96c); av_pin=bare_inc is migration's before that. Constructed once per memory: a
// free one has 0. With any other av_life the functions act on the one refcount.
#pragma once

#include "targets/mm/anon_vma.h"
#include "targets/mm/design.h"

namespace rw::mm {

inline bool counts_externally() {
  return design().av_life == av_life::external_refcount;
}

// Where a pin is counted.
inline atomic_t* anon_vma_pins(anon_vma* av) {
  return counts_externally() ? &av->external_refcount : &av->refcount;
}

// A pin goes; the anon_vma too if it was the last and the list is empty.
void drop_external(anon_vma* av, sync::site where = sync::site::current());

// One that was never in a list goes.
void discard_anon_vma(anon_vma* av, sync::site where = sync::site::current());
// The list of `av` has just become empty under its lock: whether whoever emptied it has to
// put_unlinked(av) when he holds no lock.
bool unlinked_is_unused(const anon_vma* av);
void put_unlinked(anon_vma* av, sync::site where = sync::site::current());

}  // namespace rw::mm
