// What a thread calls through the seam: it is delayed, waits, wakes others, fails.
#include <sched.h>

#include <climits>

#include "fuzz/exec/debug.h"
#include "fuzz/exec/thread_pool.h"
#include "fuzz/exec/threads.h"

namespace rw::exec {

namespace {

// A task that only ever yields is taken for a livelock after this many times.
constexpr std::uint32_t kMaxRelax = 1U << 22;

void wake_everybody() {
  for (FutexWord& w : g_pool.woken) {
    w.set(1);
    w.wake(INT_MAX);
  }
}

// As the jitter bytes say: mostly nothing, at times a pause or a yield.
void wait_a_little(const sync::site& where) {
  const auto jitter = g_executor.settings.jitter;
  if (jitter.empty()) return;
  const std::uint32_t n = t_self.sites++ * 7 + t_self.task * 13 + where.line();
  const std::uint8_t b = jitter[n % jitter.size()];
  if ((b & 7U) != 0) return;
  if (b == 0xf8) {
    sched_yield();
    return;
  }
  for (unsigned i = 0; i < (b >> 3U) * 16U; ++i) __builtin_ia32_pause();
}

}  // namespace

void give_up_locked(Failure failure) {
  if (g_pool.abandoned.get() == 0) {
    if (failure.tasks.empty()) failure.tasks = task_statuses();
    g_executor.failure = std::move(failure);
    debug::failure(*g_executor.failure);
    g_pool.abandoned.set(1);
  }
  wake_everybody();
}

void add_to_log(std::uint32_t place, std::uint16_t choice) {
  ThreadLog* log = g_executor.settings.thread_log;
  if (log == nullptr || g_executor.phase != Phase::parallel) return;
  const unsigned me = t_self.task;
  const std::uint32_t n = log->count[me];
  if (n >= ThreadLog::kMaxSteps) return;
  log->steps[me][n] = {__builtin_ia32_rdtsc(), place, g_executor.op[me], choice};
  __atomic_store_n(&log->count[me], n + 1, __ATOMIC_RELEASE);  // whole, should the process die
}

namespace threads {

unsigned self() {
  return t_self.task;
}

bool abandoned() {
  return g_pool.abandoned.get() != 0;
}

void log_step(const sync::site& where) {
  // As in steered mode: inside a coarse operation nothing is a step.
  if (g_executor.tasks[t_self.task].coarse == 0) add_to_log(place_number(where), 0);
}

void delay(const sync::site& where) {
  if (abandoned() && std::uncaught_exceptions() == 0) throw Abandoned{};
  wait_a_little(where);
  log_step(where);
}

void wait(const void* word, std::uint32_t expected, const sync::site& where) {
  const unsigned me = t_self.task;
  log_step(where);
  {
    const Guard guard(g_pool.lock);
    if (abandoned()) throw Abandoned{};
    if (__atomic_load_n(static_cast<const std::uint32_t*>(word), __ATOMIC_RELAXED) != expected)
      return;
    g_executor.tasks[me].waits_on = word;
    g_executor.pending[me] = PendingStep{.kind = StepKind::wait, .where = where};
    if (g_pool.waiter_count + 1 == g_pool.unfinished) {
      give_up_locked(describe_stuck());
      throw Abandoned{};
    }
    g_pool.waiters[g_pool.waiter_count++] = static_cast<std::uint8_t>(me);
    g_pool.woken[me].set(0);
  }
  while (g_pool.woken[me].get() == 0) g_pool.woken[me].sleep_while(0);
  if (abandoned()) throw Abandoned{};
  add_to_log(place_number(where), 0);  // it goes on: a step, wherever it waited
}

void notify(const void* word, unsigned count, const sync::site& where) {
  log_step(where);
  const Guard guard(g_pool.lock);
  unsigned kept = 0;
  for (unsigned i = 0; i < g_pool.waiter_count; ++i) {
    const unsigned t = g_pool.waiters[i];
    if (count == 0 || g_executor.tasks[t].waits_on != word) {
      g_pool.waiters[kept++] = static_cast<std::uint8_t>(t);
      continue;
    }
    --count;
    g_executor.tasks[t].waits_on = nullptr;
    g_pool.woken[t].set(1);
    g_pool.woken[t].wake(1);
  }
  g_pool.waiter_count = kept;
}

void relax(const sync::site& where) {
  if (abandoned() && std::uncaught_exceptions() == 0) throw Abandoned{};
  if (++t_self.relaxes > kMaxRelax) {
    Failure f;
    f.kind = "livelock";
    f.where = place_of(where);
    f.parts = {f.where.function};
    f.message = "a task only spins, on real threads";
    f.task = t_self.task;
    fail(std::move(f));
  }
  sched_yield();
  add_to_log(place_number(where), 0);
}

unsigned choose(unsigned n, const sync::site& where) {
  const auto jitter = g_executor.settings.jitter;
  if (jitter.empty() || n < 2) return 0;
  const std::uint8_t b = jitter[(t_self.sites++ * 11 + t_self.task * 17) % jitter.size()];
  const unsigned value = b < 224 ? 0 : b % n;  // mostly the benign value
  add_to_log(place_number(where), static_cast<std::uint16_t>(value + 1));
  return value;
}

void op_begins() {
  if (__atomic_add_fetch(&g_pool.in_ops.value, 1, __ATOMIC_RELAXED) > 1) g_pool.overlapped.set(1);
}

void op_ends() {
  __atomic_sub_fetch(&g_pool.in_ops.value, 1, __ATOMIC_RELAXED);
}

void ghost_lock() {
  g_pool.ghost.lock();
}
void ghost_unlock() {
  g_pool.ghost.unlock();
}

void state_lock() {
  g_pool.tables.lock();
}
void state_unlock() {
  g_pool.tables.unlock();
}

void fail(Failure failure) {
  {
    const Guard guard(g_pool.lock);
    give_up_locked(std::move(failure));
  }
  throw Abandoned{};
}

}  // namespace threads

}  // namespace rw::exec
