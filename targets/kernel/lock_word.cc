#include "targets/kernel/lock_word.h"

#include <bit>

#include "targets/kernel/context.h"

namespace rw::kernel {

using sync::order;

namespace {

constexpr auto kWriter = lock_word::kWriter;
constexpr auto kReader = lock_word::kReader;
constexpr auto kReaders = lock_word::kReaders;

bool free_to_write(std::uint32_t seen) {
  return (seen & (kWriter | kReaders)) == 0;
}

// A waiting writer blocks readers, new ones and woken ones; only who releases can let them in
// first.
bool free_to_read(std::uint32_t seen) {
  return (seen & (kWriter | lock_word::kAllWriters)) == 0;
}

// All waiting readers get a free lock.
std::uint32_t granted_to_readers(std::uint32_t seen) {
  const auto readers = static_cast<std::uint32_t>(std::popcount(seen & lock_word::kAllReaders));
  return (seen & ~lock_word::kAllReaders) + readers * kReader;
}

// `free_word` is what a release leaves behind, with somebody waiting: who gets the lock. After a
// writer, the readers may have come before any waiting writer; after a reader they have not, or
// they would have been let in.
std::uint32_t hand_over(std::uint32_t free_word, bool after_writer, sync::site where) {
  const std::uint32_t writers = free_word & lock_word::kAllWriters;
  const bool readers = (free_word & lock_word::kAllReaders) != 0 && (after_writer || writers == 0);
  const unsigned takers = (readers ? 1U : 0U) + static_cast<unsigned>(std::popcount(writers));
  unsigned pick = sync::choose(takers + 1, "next_holder", where);
  if (pick == takers) return free_word;  // nobody: all compete
  if (readers && pick-- == 0) return granted_to_readers(free_word);
  std::uint32_t left = writers;
  while (pick-- > 0) left &= left - 1;
  return (free_word & ~(left & -left)) | kWriter;
}

// The calling task, as a number of a waiting bit.
unsigned waiter() {
  const unsigned t = sync::current_task();
  if constexpr (kMaxTasks > kMaxLockTasks)
    RW_CHECK(t < kMaxLockTasks, "only the first 8 tasks may use the kernel's locks");
  return t;
}

// Sets the calling task's waiting bit and waits until it is granted the lock or can take it.
// `seen`: the word without the bit, at the moment it was found taken.
void wait_for(lock_word* w, std::uint32_t seen, bool shared, sync::site where) {
  const unsigned shift = shared ? lock_word::kWaitingReaders : lock_word::kWaitingWriters;
  const std::uint32_t mine = 1U << (shift + waiter());
  seen |= mine;
  for (;;) {
    sync::wait(w->bits, seen, where);
    seen = w->bits.load(order::acquire, where);
    for (;;) {
      if ((seen & mine) == 0) return;  // granted by the one who released it
      if (!(shared ? free_to_read(seen) : free_to_write(seen))) break;
      const std::uint32_t taken = (seen & ~mine) + (shared ? kReader : kWriter);
      if (w->bits.compare_exchange_strong(seen, taken, order::acquire, order::acquire, where))
        return;
    }
  }
}

void lock(lock_word* w, bool shared, sync::site where) {
  const unsigned shift = shared ? lock_word::kWaitingReaders : lock_word::kWaitingWriters;
  const std::uint32_t mine = 1U << (shift + waiter());
  std::uint32_t seen = 0;
  for (;;) {
    if (shared ? free_to_read(seen) : free_to_write(seen)) {
      const std::uint32_t taken = seen + (shared ? kReader : kWriter);
      if (w->bits.compare_exchange_strong(seen, taken, order::acquire, order::relaxed, where))
        return;
    } else if (w->bits.compare_exchange_strong(seen, seen | mine, order::relaxed, order::relaxed,
                                               where)) {
      return wait_for(w, seen, shared, where);
    }
  }
}

bool trylock(lock_word* w, bool shared, sync::site where) {
  std::uint32_t seen = 0;
  while (shared ? free_to_read(seen) : free_to_write(seen)) {
    const std::uint32_t taken = seen + (shared ? kReader : kWriter);
    if (w->bits.compare_exchange_strong(seen, taken, order::acquire, order::relaxed, where))
      return true;
  }
  return false;
}

bool unlock(lock_word* w, std::uint32_t held, handing how, sync::site where) {
  std::uint32_t seen = held;
  for (;;) {
    const std::uint32_t left = seen - held;
    const bool wakes = free_to_write(left) && (left & lock_word::kWaiting) != 0;
    const std::uint32_t next =
        wakes && how == handing::choice ? hand_over(left, held == kWriter, where) : left;
    if (w->bits.compare_exchange_strong(seen, next, order::release, order::relaxed, where))
      return wakes;
  }
}

}  // namespace

void lock_write(lock_word* w, sync::site where) {
  lock(w, false, where);
}
bool trylock_write(lock_word* w, sync::site where) {
  return trylock(w, false, where);
}
void lock_read(lock_word* w, sync::site where) {
  lock(w, true, where);
}
bool trylock_read(lock_word* w, sync::site where) {
  return trylock(w, true, where);
}

bool unlock_write(lock_word* w, handing how, sync::site where) {
  return unlock(w, kWriter, how, where);
}
bool unlock_read(lock_word* w, handing how, sync::site where) {
  return unlock(w, kReader, how, where);
}

bool downgrade(lock_word* w, sync::site where) {
  std::uint32_t seen = kWriter;
  for (;;) {
    const std::uint32_t shared = seen - kWriter + kReader;
    bool wakes = (seen & lock_word::kAllReaders) != 0;
    if (wakes && (seen & lock_word::kAllWriters) != 0)
      wakes = sync::choose(2, "downgrade_wakes_readers", where) != 0;
    const std::uint32_t next = wakes ? granted_to_readers(shared) : shared;
    if (w->bits.compare_exchange_strong(seen, next, order::release, order::relaxed, where))
      return wakes;
  }
}

void wake_waiters(const lock_word* w, sync::site where) {
  sync::notify(w->bits.address(), sync::kAll, where);
}

bool is_locked(const lock_word* w, sync::site where) {
  return !free_to_write(w->bits.load(order::relaxed, where));
}

bool is_contended(const lock_word* w, sync::site where) {
  return (w->bits.load(order::relaxed, where) & lock_word::kWaiting) != 0;
}

}  // namespace rw::kernel
