#include "fuzz/exec/threads.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <climits>
#include <thread>

#include "fuzz/exec/debug.h"
#include "fuzz/exec/executor.h"
#include "fuzz/memory/arena.h"
#include "fuzz/sync/check.h"

#if defined(RACEWALK_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace rw::exec {

namespace {

// A task that only ever yields is taken for a livelock after this many times.
constexpr std::uint32_t kMaxRelax = 1U << 22;

constexpr std::uint32_t kGeneration = 128;  // one more, in Pool::generation
constexpr std::uint32_t kCountMask = kGeneration - 1;
static_assert(kMaxTasks <= kCountMask);

struct Word {
  std::uint32_t value = 0;
};

std::uint32_t get(const Word& w) {
  return __atomic_load_n(&w.value, __ATOMIC_ACQUIRE);
}
void set(Word& w, std::uint32_t v) {
  __atomic_store_n(&w.value, v, __ATOMIC_RELEASE);
}

void futex_sleep(Word& w, std::uint32_t expected) {
  syscall(SYS_futex, &w.value, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}
void futex_wake(Word& w, int count) {
  syscall(SYS_futex, &w.value, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

// Protects: the state below. Rank: innermost. Never held across a sleep.
class QuietLock {
 public:
  explicit QuietLock(Word& w) : w_(w) {
    while (__atomic_exchange_n(&w_.value, 1, __ATOMIC_ACQUIRE) != 0) sched_yield();
  }
  ~QuietLock() { __atomic_store_n(&w_.value, 0, __ATOMIC_RELEASE); }
  QuietLock(const QuietLock&) = delete;
  QuietLock& operator=(const QuietLock&) = delete;

 private:
  Word& w_;
};

struct Pool {
  Word lock;
  Word ghost;
  Word tables;
  // Bumped to start the threads; the low bits say how many of them run. One word holds both: a
  // thread that took no part may wake so late that the next execution's task_count is already set.
  Word generation;
  Word running;           // threads still in this execution
  Word woken[kMaxTasks];  // a blocked thread sleeps on its own word
  Word abandoned;
  Word in_ops;  // tasks inside an op
  Word overlapped;
  const void* waits_on[kMaxTasks] = {};
  std::uint8_t waiters[kMaxTasks] = {};
  unsigned waiter_count = 0;
  unsigned unfinished = 0;
  bool started = false;
};
Pool g_pool;

struct ThreadLocal {
  unsigned task = 0;
  std::uint32_t sites = 0;  // seam calls made, the index into the jitter bytes
  std::uint32_t relaxes = 0;
};
thread_local ThreadLocal t_self;

#if defined(RACEWALK_TSAN)
char g_gate_in;
char g_gate_out;
void gate_release(void* g) {
  __tsan_release(g);
}
void gate_acquire(void* g) {
  __tsan_acquire(g);
}
#else
char g_gate_in;
char g_gate_out;
void gate_release(void*) {}
void gate_acquire(void*) {}
#endif

void wake_everybody() {
  for (Word& w : g_pool.woken) {
    set(w, 1);
    futex_wake(w, INT_MAX);
  }
}

// With g_pool.lock held: the first failure counts, everybody is to leave.
void give_up_locked(Failure failure) {
  if (get(g_pool.abandoned) == 0) {
    if (failure.tasks.empty()) failure.tasks = task_statuses();
    g_executor.failure = std::move(failure);
    debug::failure(*g_executor.failure);
    set(g_pool.abandoned, 1);
  }
  wake_everybody();
}

// Adds a step or a choice of the calling task to the log, if there is one and room in it.
void add_to_log(std::uint32_t place, std::uint16_t choice) {
  ThreadLog* log = g_executor.settings.thread_log;
  if (log == nullptr || g_executor.phase != Phase::parallel) return;
  const unsigned me = t_self.task;
  const std::uint32_t n = log->count[me];
  if (n >= ThreadLog::kMaxSteps) return;
  log->steps[me][n] = {__builtin_ia32_rdtsc(), place, g_executor.op[me], choice};
  __atomic_store_n(&log->count[me], n + 1, __ATOMIC_RELEASE);  // whole, should the process die
}

void body_of(unsigned t) {
  t_self = ThreadLocal{};
  t_self.task = t;
  add_to_log(0, 0);
  try {
    g_executor.workload->task(t);
  } catch (const Abandoned&) {
    // The execution was given up.
  }
  const QuietLock guard(g_pool.lock);
  g_executor.unfinished &= ~sync::task_bit(t);
  if (--g_pool.unfinished > 0 && g_pool.waiter_count == g_pool.unfinished &&
      get(g_pool.abandoned) == 0)
    give_up_locked(describe_stuck());
}

void thread_main(unsigned t) {
  std::uint32_t seen = 0;
  for (;;) {
    while (get(g_pool.generation) == seen) futex_sleep(g_pool.generation, seen);
    seen = get(g_pool.generation);
    if (t >= (seen & kCountMask)) continue;
    gate_acquire(&g_gate_in);
    body_of(t);
    gate_release(&g_gate_out);
    if (__atomic_sub_fetch(&g_pool.running.value, 1, __ATOMIC_ACQ_REL) == 0)
      futex_wake(g_pool.running, 1);
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
  set(g_pool.running, count);
  gate_release(&g_gate_in);
  set(g_pool.generation, (get(g_pool.generation) & ~kCountMask) + kGeneration + count);
  futex_wake(g_pool.generation, INT_MAX);
  for (std::uint32_t left = get(g_pool.running); left != 0; left = get(g_pool.running))
    futex_sleep(g_pool.running, left);
  gate_acquire(&g_gate_out);
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
  set(g_pool.abandoned, 0);
  set(g_pool.in_ops, 0);
  set(g_pool.overlapped, 0);
  hooks::g_mode = hooks::mode::threads;
  e.phase = Phase::setup;
  run_alone(&Workload::setup);
  if (!e.failure && workload.task_count() > 0) run_together(workload.task_count());
  e.phase = Phase::finish;
  if (!e.failure) run_alone(&Workload::finish);
  hooks::g_mode = hooks::mode::direct;

  Result result;
  result.failure = std::move(e.failure);
  result.overlapped = get(g_pool.overlapped) != 0;
  return result;
}

namespace threads {

unsigned self() {
  return t_self.task;
}

bool abandoned() {
  return get(g_pool.abandoned) != 0;
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
    const QuietLock guard(g_pool.lock);
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
    set(g_pool.woken[me], 0);
  }
  while (get(g_pool.woken[me]) == 0) futex_sleep(g_pool.woken[me], 0);
  if (abandoned()) throw Abandoned{};
  add_to_log(place_number(where), 0);  // it goes on: a step, wherever it waited
}

void notify(const void* word, unsigned count, const sync::site& where) {
  log_step(where);
  const QuietLock guard(g_pool.lock);
  unsigned kept = 0;
  for (unsigned i = 0; i < g_pool.waiter_count; ++i) {
    const unsigned t = g_pool.waiters[i];
    if (count == 0 || g_executor.tasks[t].waits_on != word) {
      g_pool.waiters[kept++] = static_cast<std::uint8_t>(t);
      continue;
    }
    --count;
    g_executor.tasks[t].waits_on = nullptr;
    set(g_pool.woken[t], 1);
    futex_wake(g_pool.woken[t], 1);
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
  if (__atomic_add_fetch(&g_pool.in_ops.value, 1, __ATOMIC_RELAXED) > 1) set(g_pool.overlapped, 1);
}

void op_ends() {
  __atomic_sub_fetch(&g_pool.in_ops.value, 1, __ATOMIC_RELAXED);
}

void ghost_lock() {
  while (__atomic_exchange_n(&g_pool.ghost.value, 1, __ATOMIC_ACQUIRE) != 0) sched_yield();
}
void ghost_unlock() {
  __atomic_store_n(&g_pool.ghost.value, 0, __ATOMIC_RELEASE);
}

void state_lock() {
  while (__atomic_exchange_n(&g_pool.tables.value, 1, __ATOMIC_ACQUIRE) != 0) sched_yield();
}
void state_unlock() {
  __atomic_store_n(&g_pool.tables.value, 0, __ATOMIC_RELEASE);
}

void fail(Failure failure) {
  {
    const QuietLock guard(g_pool.lock);
    give_up_locked(std::move(failure));
  }
  throw Abandoned{};
}

}  // namespace threads

}  // namespace rw::exec
