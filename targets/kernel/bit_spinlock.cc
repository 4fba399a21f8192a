#include "targets/kernel/bit_spinlock.h"

namespace rw::kernel {

void bit_spin_lock(unsigned bit, sync::atomic<std::uint32_t>* word, sync::site where) {
  enter_atomic("bit_spin_lock", word, where);
  const sync::operation scope("bit_spin_lock", word, where);
  while (test_and_set_bit_lock(bit, word, where)) {
    const std::uint32_t seen = READ_ONCE(*word, where);
    if ((seen >> bit & 1U) != 0) sync::wait(*word, seen, where);
  }
}

bool bit_spin_trylock(unsigned bit, sync::atomic<std::uint32_t>* word, sync::site where) {
  const sync::operation scope("bit_spin_trylock", word, where);
  if (test_and_set_bit_lock(bit, word, where)) return false;
  enter_atomic("bit_spin_trylock", word, where);
  return true;
}

void bit_spin_unlock(unsigned bit, sync::atomic<std::uint32_t>* word, sync::site where) {
  const sync::operation scope("bit_spin_unlock", word, where);
  clear_bit_unlock(bit, word, where);
  leave_atomic(word);
  sync::notify(word->address(), sync::kAll, where);
}

}  // namespace rw::kernel
