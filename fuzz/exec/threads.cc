#include "fuzz/exec/threads.h"

#include <climits>
#include <thread>

#include "fuzz/exec/debug.h"
#include "fuzz/exec/thread_pool.h"
#include "fuzz/memory/arena.h"

#if defined(RACEWALK_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace rw::exec {

Pool g_pool;
thread_local constinit ThreadLocal t_self;

namespace {

constexpr std::uint32_t kGeneration = 128;  // one more, in Pool::generation
constexpr std::uint32_t kCountMask = kGeneration - 1;
static_assert(kMaxTasks <= kCountMask);

#if defined(RACEWALK_TSAN)
char g_threads_in;
char g_threads_out;
void gate_release(void* g) {
  __tsan_release(g);
}
void gate_acquire(void* g) {
  __tsan_acquire(g);
}
#else
char g_threads_in;
char g_threads_out;
void gate_release(void*) {}
void gate_acquire(void*) {}
#endif

void body_of(unsigned t) {
  t_self = ThreadLocal{};
  t_self.task = t;
  add_to_log(0, 0);
  try {
    g_executor.workload->task(t);
  } catch (const Abandoned&) {
    // The execution was given up.
  }
  const Guard guard(g_pool.lock);
  g_executor.unfinished &= ~sync::task_bit(t);
  if (--g_pool.unfinished > 0 && g_pool.waiter_count == g_pool.unfinished &&
      g_pool.abandoned.get() == 0)
    give_up_locked(describe_stuck());
}

void thread_main(unsigned t) {
  std::uint32_t seen = 0;
  for (;;) {
    while (g_pool.generation.get() == seen) g_pool.generation.sleep_while(seen);
    seen = g_pool.generation.get();
    if (t >= (seen & kCountMask)) continue;
    gate_acquire(&g_threads_in);
    body_of(t);
    gate_release(&g_threads_out);
    if (__atomic_sub_fetch(&g_pool.running.value, 1, __ATOMIC_ACQ_REL) == 0) g_pool.running.wake(1);
  }
}

void start_pool() {
  if (g_pool.started) return;
  g_pool.started = true;
  for (unsigned t = 0; t < kMaxTasks; ++t) std::thread(thread_main, t).detach();
}

void run_alone(void (Workload::*part)()) {
  t_self = ThreadLocal{};
  g_executor.task_count = 0;
  g_executor.unfinished = 1;
  g_pool.unfinished = 1;
  g_pool.waiter_count = 0;
  try {
    (g_executor.workload->*part)();
  } catch (const Abandoned&) {
    // A failure in set-up or in the final checks.
  }
  g_executor.unfinished = 0;
}

void run_together(unsigned count) {
  g_executor.task_count = count;
  g_executor.unfinished = g_executor.runnable = sync::tasks_below(count);
  g_pool.unfinished = count;
  g_pool.waiter_count = 0;
  g_executor.phase = Phase::parallel;
  // Set-up ran as task 0.
  for (std::uint16_t& op : g_executor.op) op = 0;
  for (Task& task : g_executor.tasks) task.ops_begun.store(0, std::memory_order_relaxed);
  g_pool.running.set(count);
  gate_release(&g_threads_in);
  g_pool.generation.set((g_pool.generation.get() & ~kCountMask) + kGeneration + count);
  g_pool.generation.wake(INT_MAX);
  for (std::uint32_t left = g_pool.running.get(); left != 0; left = g_pool.running.get())
    g_pool.running.sleep_while(left);
  gate_acquire(&g_threads_out);
}

}  // namespace

Result run_threads(Workload& workload, const Settings& settings) {
  start_pool();
  memory::arena_begin_execution();
  Executor& e = g_executor;
  e.workload = &workload;
  e.settings = settings;
  e.recorder = nullptr;
  e.follows_names = false;
  e.failure.reset();
  debug::execution_begins();
  for (unsigned t = 0; t < kMaxTasks; ++t) {
    e.tasks[t].held_count = e.tasks[t].scope_count = e.tasks[t].coarse = 0;
    e.tasks[t].waits_on = nullptr;
    e.op[t] = 0;
    e.tasks[t].clocks = memory::TaskClocks{};
    e.pending[t] = PendingStep{};
  }
  if (settings.thread_log != nullptr)
    for (std::uint32_t& count : settings.thread_log->count) count = 0;
  g_pool.abandoned.set(0);
  g_pool.in_ops.set(0);
  g_pool.overlapped.set(0);
  hooks::g_mode = hooks::mode::threads;
  e.phase = Phase::setup;
  run_alone(&Workload::setup);
  if (!e.failure && workload.task_count() > 0) run_together(workload.task_count());
  e.phase = Phase::finish;
  if (!e.failure) run_alone(&Workload::finish);
  hooks::g_mode = hooks::mode::direct;

  Result result;
  result.failure = std::move(e.failure);
  result.overlapped = g_pool.overlapped.get() != 0;
  return result;
}

}  // namespace rw::exec
