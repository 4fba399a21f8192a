// bit_spin_lock: one bit of a word as a lock that must not be held while sleeping.
//
// Models include/linux/bit_spinlock.h (2.6.12 to today; before it a loop of its own for each user):
// acquire and release order on the bit, preemption off while held. The word's other bits belong to
// others. As in the kernel lockdep knows nothing of it: there is no room for a tag.
// Changed: a waiter blocks on the word instead of spinning.
#pragma once

#include "targets/kernel/access.h"
#include "targets/kernel/context.h"

namespace rw::kernel {

void bit_spin_lock(unsigned bit, sync::atomic<std::uint32_t>* word,
                   sync::site where = sync::site::current());
bool bit_spin_trylock(unsigned bit, sync::atomic<std::uint32_t>* word,
                      sync::site where = sync::site::current());
void bit_spin_unlock(unsigned bit, sync::atomic<std::uint32_t>* word,
                     sync::site where = sync::site::current());

}  // namespace rw::kernel
