// wait queues: sleep until a condition holds and somebody says so.
//
// Models kernel/sched/wait.c (2.6.36 to today) with its hazards: waitqueue_active() is a lockless
// look that needs smp_mb() before it; a waiter whose entry a waker has already removed leaves
// without taking the queue's lock, so the waker may still be inside the queue when the waiter frees
// it. Changed: the list is a set of tasks, one entry per task and queue; every wake-up wakes all.
// Left out: exclusive waiters, time-outs, signals, custom wake functions.
#pragma once

#include "targets/kernel/spinlock.h"

namespace rw::kernel {

struct wait_queue_head_t {
  sync::atomic<std::uint32_t> waiters;  // bit t: task t is on the list
  spinlock_t lock;                      // protects changes of `waiters`
};

void init_waitqueue_head(wait_queue_head_t* q, sync::site where = sync::site::current());

// On the list, and about to sleep: from here a wake-up is not lost. A full barrier.
void prepare_to_wait(wait_queue_head_t* q, sync::site where = sync::site::current());
// Sleeps unless woken since the calling task's last prepare_to_wait.
void schedule(sync::site where = sync::site::current());
void finish_wait(wait_queue_head_t* q, sync::site where = sync::site::current());

void wake_up(wait_queue_head_t* q, sync::site where = sync::site::current());
bool waitqueue_active(const wait_queue_head_t* q, sync::site where = sync::site::current());

// Sleeps until condition() is true; evaluates it outside any lock, at least once.
template <typename Condition>
void wait_event(wait_queue_head_t* q, Condition condition,
                sync::site where = sync::site::current()) {
  if (condition()) return;
  for (;;) {
    prepare_to_wait(q, where);
    if (condition()) break;
    schedule(where);
  }
  finish_wait(q, where);
}

void wait_queue_begin_execution();

}  // namespace rw::kernel
