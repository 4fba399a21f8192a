// lock_word: the one algorithm beneath spinlock, rwlock, mutex and rwsem.
//
// A 32-bit word says who holds the lock and who waits for it; waiting and granting are one
// read-modify-write, so a granted waiter sees that its own waiting bit is gone, as the kernel's
// rwsem waiter sees `waiter->task == NULL`. A waiter waits on the word itself. Promises: acquire
// order on taking, release order on releasing, nothing else; a waiting writer blocks new readers.
// When a lock is released to waiters, who gets it is a choice ("next_holder"): handed to the
// waiting readers, to a waiting writer, or to nobody, in which case the waiters compete and a
// newcomer may steal it.
// Changed: the kernel's spinning waiters block here, for spinning teaches a scheduler nothing.
// Waiters are a set of tasks, not a queue, so any of them may be first. Left out: more than 8
// tasks, more than 255 readers.
#pragma once

#include <cstdint>

#include "fuzz/sync/sync.h"

namespace rw::kernel {

struct lock_word {
  sync::atomic<std::uint32_t> bits;

  static constexpr std::uint32_t kWriter = 1;      // held for writing
  static constexpr unsigned kWaitingWriters = 8;   // bit 8 + t: task t waits to write
  static constexpr unsigned kWaitingReaders = 16;  // bit 16 + t: task t waits to read
  static constexpr std::uint32_t kAllWriters = 0xffU << kWaitingWriters;
  static constexpr std::uint32_t kAllReaders = 0xffU << kWaitingReaders;
  static constexpr std::uint32_t kWaiting = kAllWriters | kAllReaders;
  static constexpr std::uint32_t kReader = 1U << 24;  // one reader more
  static constexpr std::uint32_t kReaders = 0xffU << 24;
};

// Who may be given a released lock.
enum class handing : std::uint8_t {
  compete,  // it becomes free; waiters and newcomers compete (spinlock, rwlock)
  choice,   // handed over or left free, as the schedule chooses (mutex, rwsem)
};

void lock_write(lock_word* w, sync::site where);
bool trylock_write(lock_word* w, sync::site where);
void lock_read(lock_word* w, sync::site where);
bool trylock_read(lock_word* w, sync::site where);
// These return whether somebody waits and must be woken: then call wake_waiters.
bool unlock_write(lock_word* w, handing how, sync::site where);
bool unlock_read(lock_word* w, handing how, sync::site where);
bool downgrade(lock_word* w, sync::site where);
// Reads nothing: the lock may be gone.
void wake_waiters(const lock_word* w, sync::site where);

bool is_locked(const lock_word* w, sync::site where);
bool is_contended(const lock_word* w, sync::site where);

}  // namespace rw::kernel
