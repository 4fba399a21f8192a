// The state of threads mode: the pool of threads, who sleeps and who is to leave.
//
// threads.cc starts the threads and runs executions on them, threads_seam.cc is what they call.
#pragma once

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <mutex>

#include "fuzz/exec/executor.h"

namespace rw::exec {

// A word to sleep on, or a lock of few instructions.
struct FutexWord {
  std::uint32_t value = 0;

  std::uint32_t get() const { return __atomic_load_n(&value, __ATOMIC_ACQUIRE); }
  void set(std::uint32_t v) { __atomic_store_n(&value, v, __ATOMIC_RELEASE); }
  void sleep_while(std::uint32_t expected) {
    syscall(SYS_futex, &value, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
  }
  void wake(int count) {
    syscall(SYS_futex, &value, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
  }

  void lock() {
    while (__atomic_exchange_n(&value, 1, __ATOMIC_ACQUIRE) != 0) sched_yield();
  }
  void unlock() { set(0); }
};

using Guard = std::lock_guard<FutexWord>;

struct Pool {
  // Each innermost, and never held across a sleep.
  FutexWord lock;    // who waits, who has ended, the failure
  FutexWord ghost;   // what oracles remember
  FutexWord tables;  // the arena's, the objects'
  // Bumped to start the threads; the low bits say how many of them run. One word holds both: a
  // thread that took no part may wake so late that the next execution's task_count is already set.
  FutexWord generation;
  FutexWord running;           // threads still in this execution
  FutexWord woken[kMaxTasks];  // a blocked thread sleeps on its own word
  FutexWord abandoned;
  FutexWord in_ops;  // tasks inside an op
  FutexWord overlapped;
  std::uint8_t waiters[kMaxTasks] = {};  // in the order they blocked
  unsigned waiter_count = 0;
  unsigned unfinished = 0;
  bool started = false;
};
extern Pool g_pool;

struct ThreadLocal {
  unsigned task = 0;
  std::uint32_t sites = 0;  // seam calls made, the index into the jitter bytes
  std::uint32_t relaxes = 0;
};
extern thread_local constinit ThreadLocal t_self;

// With g_pool.lock held: the first failure counts, everybody is to leave.
void give_up_locked(Failure failure);
// Adds a step or a choice of the calling task to the log, if there is one and room in it.
void add_to_log(std::uint32_t place, std::uint16_t choice);

}  // namespace rw::exec
