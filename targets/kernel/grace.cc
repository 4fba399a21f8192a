#include "targets/kernel/grace.h"

#include "targets/kernel/access.h"
#include "targets/kernel/rcu.h"

namespace rw::kernel {

using sync::order;

namespace {

constexpr unsigned kMaxCallbacks = 64;
constexpr unsigned kMaxSections = 16;

struct callback {
  grace_domain* domain;
  rcu_head* head;
  grace_snapshot since;
  bool atomic;
};

// What the tasks have queued, oldest first, and which sections a task is inside. A queue is changed
// by others than its task in grace_barrier only, so inside ghost sections; whoever takes a callback
// out gets its ordering from order_release/acquire on its head.
struct alignas(64) task_queue {
  callback waiting[kMaxCallbacks];
  unsigned count = 0;
  grace_domain* inside[kMaxSections];
  unsigned inside_count = 0;
};
task_queue g_queues[kMaxTasks];

RW_UNINSTRUMENTED void push(task_queue& q, const callback& c) {
  const sync::ghost_section section;
  sync::ghost_touched(&q, true);
  RW_CHECK(q.count < kMaxCallbacks, "more RCU callbacks wait than a queue has room for");
  q.waiting[q.count++] = c;
}

RW_UNINSTRUMENTED void remove_at(task_queue& q, unsigned at) {
  for (unsigned i = at + 1; i < q.count; ++i) q.waiting[i - 1] = q.waiting[i];
  --q.count;
}

// The i-th waiting callback of the task, if there are so many.
RW_UNINSTRUMENTED bool look(task_queue& q, unsigned i, callback& out) {
  const sync::ghost_section section;
  sync::ghost_touched(&q, false);
  if (i >= q.count) return false;
  out = q.waiting[i];
  return true;
}

// Takes that callback out. False if another task was faster.
RW_UNINSTRUMENTED bool take(task_queue& q, const callback& c) {
  const sync::ghost_section section;
  sync::ghost_touched(&q, true);
  for (unsigned i = 0; i < q.count; ++i) {
    if (q.waiting[i].head != c.head) continue;
    remove_at(q, i);
    return true;
  }
  return false;
}

// Takes out the oldest callback of `d`, or of any domain if that is null.
RW_UNINSTRUMENTED bool take_any(const grace_domain* d, callback& out) {
  const sync::ghost_section section;
  for (task_queue& q : g_queues) {
    sync::ghost_touched(&q, true);
    for (unsigned i = 0; i < q.count; ++i) {
      if (d != nullptr && q.waiting[i].domain != d) continue;
      out = q.waiting[i];
      remove_at(q, i);
      return true;
    }
  }
  return false;
}

RW_UNINSTRUMENTED void note_inside(grace_domain* d) {
  task_queue& q = g_queues[sync::current_task()];
  RW_CHECK(q.inside_count < kMaxSections, "a task is inside too many read sections");
  q.inside[q.inside_count++] = d;
}

RW_UNINSTRUMENTED void note_outside(const grace_domain* d) {
  task_queue& q = g_queues[sync::current_task()];
  for (unsigned i = q.inside_count; i-- > 0;) {
    if (q.inside[i] != d) continue;
    for (unsigned k = i + 1; k < q.inside_count; ++k) q.inside[k - 1] = q.inside[k];
    --q.inside_count;
    return;
  }
}

bool inside(std::uint32_t word) {
  return (word & 1U) != 0;
}

// The callback's grace period is over and nobody else has it.
void run_one(const callback& c, sync::site where) {
  sync::order_acquire(c.head, where);
  void (*const func)(rcu_head*) = c.head->func.get(where);
  if (c.atomic) enter_atomic("an RCU callback", nullptr, where);
  func(c.head);
  if (c.atomic) leave_atomic(nullptr);
  const sync::operation scope("callback_done", &c.domain->queued, where);
  sync::order_release(&c.domain->queued, where);
  c.domain->queued.fetch_sub(1, order::seq_cst, where);
  sync::notify(c.domain->queued.address(), sync::kAll, where);
}

}  // namespace

void grace_init(grace_domain* d, sync::site where) {
  for (auto& s : d->section) init_word(&s, 0, where);
  init_word(&d->queued, 0, where);
  init_word(&d->started, 0, where);
  for (auto& n : d->depth) n.set(0);
}

unsigned grace_enter(grace_domain* d, const char* name, sync::site where) {
  const unsigned me = sync::current_task();
  const unsigned before = d->depth[me].get();
  if (before == 0) {
    const sync::operation scope(name, &d->section[me], where);
    d->section[me].fetch_add(1, order::seq_cst, where);
    sync::order_acquire(&d->started, where);
    hooks::acquired(&d->section[me], hooks::hold::section, where);
    note_inside(d);
  }
  d->depth[me].set(before + 1);
  return before;
}

unsigned grace_leave(grace_domain* d, const char* name, sync::site where) {
  const unsigned me = sync::current_task();
  const unsigned after = d->depth[me].get() - 1;
  d->depth[me].set(after);
  if (after != 0) return after;
  note_outside(d);
  const sync::operation scope(name, &d->section[me], where);
  hooks::released(&d->section[me], where);
  const std::uint32_t before = d->section[me].fetch_add(1, order::seq_cst, where);
  sync::order_release(&d->section[me], where);
  if ((before & grace_domain::kAwaited) != 0) {
    d->section[me].fetch_and(~grace_domain::kAwaited, order::relaxed, where);
    sync::notify(d->section[me].address(), sync::kAll, where);
  }
  return after;
}

bool grace_inside(const grace_domain* d) {
  return d->depth[sync::current_task()].get() != 0;
}

// A grace period is a full barrier on both sides, for whoever waits for it. What it orders belongs
// to the step that starts it: declared before, it would be done with the task's last step, and
// nobody could come between.
grace_snapshot grace_start(grace_domain* d, sync::site where) {
  d->started.fetch_add(1, order::seq_cst, where);
  sync::order_fence(where);
  sync::order_release(&d->started, where);
  grace_snapshot now;
  for (unsigned t = 0; t < kMaxTasks; ++t)
    now.section[t] = d->section[t].load(order::seq_cst, where) & ~grace_domain::kAwaited;
  return now;
}

bool grace_over(grace_domain* d, const grace_snapshot& since, sync::site where) {
  for (unsigned t = 0; t < kMaxTasks; ++t) {
    if (!inside(since.section[t])) continue;
    const std::uint32_t now = d->section[t].load(order::seq_cst, where);
    if ((now & ~grace_domain::kAwaited) == since.section[t]) return false;
  }
  for (auto& s : d->section) sync::order_acquire(&s, where);
  sync::order_fence(where);
  return true;
}

namespace {

void wait_for_section(grace_domain* d, unsigned t, std::uint32_t since, const char* name,
                      sync::site where) {
  const sync::operation scope(name, &d->section[t], where);
  const std::uint32_t awaited = since | grace_domain::kAwaited;
  for (;;) {
    const std::uint32_t now = d->section[t].load(order::seq_cst, where);
    if ((now & ~grace_domain::kAwaited) != since) return;
    if (now == awaited) {
      sync::wait(d->section[t], awaited, where);
    } else {
      std::uint32_t expected = since;
      d->section[t].compare_exchange_strong(expected, awaited, order::seq_cst, order::seq_cst,
                                            where);
    }
  }
}

}  // namespace

void grace_wait(grace_domain* d, const grace_snapshot& since, const char* name, sync::site where) {
  for (unsigned t = 0; t < kMaxTasks; ++t)
    if (inside(since.section[t])) wait_for_section(d, t, since.section[t], name, where);
  for (auto& s : d->section) sync::order_acquire(&s, where);
  sync::order_fence(where);
}

void grace_call(grace_domain* d, rcu_head* head, void (*func)(rcu_head*), bool atomic,
                sync::site where) {
  head->func.set(func, where);
  const sync::operation scope(atomic ? "call_rcu" : "call_srcu", &d->queued, where);
  d->queued.fetch_add(1, order::seq_cst, where);
  const callback c{d, head, grace_start(d, where), atomic};
  sync::order_release(head, where);
  push(g_queues[sync::current_task()], c);
}

void grace_run_callbacks(bool atomic, sync::site where) {
  task_queue& mine = g_queues[sync::current_task()];
  callback c;
  for (unsigned i = 0; look(mine, i, c);) {
    if (c.atomic != atomic) {
      ++i;
      continue;
    }
    bool ready;
    {
      const sync::operation scope(atomic ? "rcu_run_callbacks" : "srcu_run_callbacks", c.domain,
                                  where);
      ready = grace_over(c.domain, c.since, where) &&
              sync::choose(2, "callback_later", where) == 0 && take(mine, c);
    }
    if (ready)
      run_one(c, where);
    else
      ++i;
  }
}

void grace_barrier(grace_domain* d, const char* name, sync::site where) {
  for (;;) {
    callback c;
    if (take_any(d, c)) {
      grace_wait(d, c.since, name, where);
      run_one(c, where);
      continue;
    }
    const sync::operation scope(name, &d->queued, where);
    const std::uint32_t left = d->queued.load(order::seq_cst, where);
    if (left == 0) break;
    sync::wait(d->queued, left, where);  // others are running theirs, or have just queued one
  }
  sync::order_acquire(&d->queued, where);
}

RW_UNINSTRUMENTED void grace_begin_execution() {
  for (task_queue& q : g_queues) q.count = q.inside_count = 0;
}

RW_UNINSTRUMENTED void grace_op_end(sync::site where) {
  const task_queue& q = g_queues[sync::current_task()];
  if (q.inside_count == 0) return;
  const grace_domain* d = q.inside[0];
  sync::fail("lock-leak", {field_name(d)},
             fmt::format("the op ends inside a read section of {}", sync::name_of(d)), where);
}

void grace_finish(sync::site where) {
  callback c;
  while (take_any(nullptr, c)) {
    grace_wait(c.domain, c.since, "rcu_barrier", where);
    run_one(c, where);
  }
}

}  // namespace rw::kernel
