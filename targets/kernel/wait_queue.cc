#include "targets/kernel/wait_queue.h"

#include "targets/kernel/access.h"
#include "targets/kernel/context.h"
#include "targets/kernel/wait_queue_internal.h"

namespace rw::kernel {

lock_class wait_queue_lock_class{"wait_queue_head.lock"};

// task_struct's state: may the task run?
struct task_states {
  sync::atomic<std::uint32_t> state[kMaxTasks];
  sync::ghost<const void*> queue[kMaxTasks];  // the one last prepared for, for reports
};

}  // namespace rw::kernel

RW_TYPE_NAMED(rw::kernel::task_states, "task", state)

namespace rw::kernel {

namespace {

constexpr std::uint32_t kRunning = 0;
constexpr std::uint32_t kUninterruptible = 2;

task_states* g_states = nullptr;  // made anew by wait_queue_begin_execution, then constant

}  // namespace

void init_waitqueue_head(wait_queue_head_t* q, sync::site where) {
  init_word(&q->waiters, 0, where);
  spin_lock_init(&q->lock, wait_queue_lock_class, where);
}

void enqueue_locked(wait_queue_head_t* q, sync::site where) {
  const unsigned me = sync::current_task();
  g_states->queue[me].set(q);
  const std::uint32_t queued = q->waiters.load(order::relaxed, where);
  q->waiters.store(queued | 1U << me, order::relaxed, where);
  // set_current_state(): a full barrier after the store.
  g_states->state[me].exchange(kUninterruptible, order::full, where);
}

void wake_locked(wait_queue_head_t* q, sync::site where) {
  const std::uint32_t queued = q->waiters.load(order::relaxed, where);
  if (queued == 0) return;
  for (unsigned t = 0; t < kMaxLockTasks; ++t) {
    if ((queued >> t & 1U) == 0) continue;
    g_states->state[t].exchange(kRunning, order::full, where);
    sync::notify(g_states->state[t].address(), 1, where);
  }
  // Last, as in autoremove_wake_function: who sees itself off the list is really done with.
  q->waiters.store(0, order::release, where);
}

void prepare_to_wait(wait_queue_head_t* q, sync::site where) {
  const sync::operation scope("prepare_to_wait", q, where);
  spin_lock(&q->lock, where);
  enqueue_locked(q, where);
  spin_unlock(&q->lock, where);
}

void schedule(sync::site where) {
  might_sleep(where);
  const unsigned me = sync::current_task();
  const sync::operation scope("schedule", g_states->queue[me].get(), where);
  while (g_states->state[me].load(order::acquire, where) != kRunning)
    sync::wait(g_states->state[me], kUninterruptible, where);
}

void finish_wait(wait_queue_head_t* q, sync::site where) {
  const unsigned me = sync::current_task();
  const sync::operation scope("finish_wait", q, where);
  g_states->state[me].store(kRunning, order::relaxed, where);
  // Without the lock: if a waker took this task off the list, the queue is not touched again.
  if ((q->waiters.load(order::acquire, where) >> me & 1U) == 0) return;
  spin_lock(&q->lock, where);
  const std::uint32_t queued = q->waiters.load(order::relaxed, where);
  q->waiters.store(queued & ~(1U << me), order::relaxed, where);
  spin_unlock(&q->lock, where);
}

void wake_up(wait_queue_head_t* q, sync::site where) {
  const sync::operation scope("wake_up", q, where);
  spin_lock(&q->lock, where);
  wake_locked(q, where);
  spin_unlock(&q->lock, where);
}

bool waitqueue_active(const wait_queue_head_t* q, sync::site where) {
  const sync::operation scope("waitqueue_active", q, where, sync::operation::always_fine);
  return q->waiters.load(order::relaxed, where) != 0;
}

void wait_queue_begin_execution() {
  g_states = sync::make<task_states>();
  for (auto& state : g_states->state) init_word(&state, kRunning, sync::site::current());
}

}  // namespace rw::kernel
