#include "fuzz/exec/executor.h"

#include "fuzz/exec/debug.h"
#include "fuzz/exec/quiet.h"
#include "fuzz/exec/recorder.h"
#include "fuzz/sync/check.h"
#include "fuzz/sync/fail.h"

namespace rw::hooks {
mode g_mode = mode::direct;
bool g_tracing = false;
bool g_tells_ghosts = false;
}  // namespace rw::hooks

namespace rw::exec {

Executor g_executor;

namespace {

// After the budget every runnable task gets its turn, so only a program that makes no progress
// under a fair scheduler is called a livelock.
unsigned next_round_robin(TaskSet run) {
  const TaskSet after = run & ~sync::tasks_below(g_executor.current + 1);
  return sync::first_task(after != 0 ? after : run);
}

// Replay compares names, and libc's string functions are intercepted by TSan; who is asked before
// every step may keep what it sees on the heap.
unsigned ask(const View& view) {
  if (!g_executor.follows_names && !g_executor.ask_always) return g_executor.strategy->pick(view);
  const Quiet quiet;
  return g_executor.strategy->pick(view);
}

}  // namespace

unsigned choose_next(TaskSet exclude) {
  Executor& e = g_executor;
  TaskSet run = e.runnable & ~exclude;
  if (run == 0) run = e.runnable;
  if (run == 0) {
    const Quiet quiet;
    record_failure(describe_stuck());
    return kNobody;
  }
  ++e.steps;
  if (e.steps > e.settings.step_budget) [[unlikely]] {
    if (e.steps > 2 * e.settings.step_budget) {
      const Quiet quiet;
      record_failure(describe_livelock());
      return kNobody;
    }
    return next_round_robin(run);
  }
  if (sync::has_one_task(run) && !e.ask_always) return sync::first_task(run);
  e.view.runnable = run;
  e.view.current = e.current;
  e.view.steps = e.steps - 1;
  const unsigned next = ask(e.view);
  if (next == Strategy::kGiveUp) {
    e.given_up = true;
    e.abandoning = true;
    return kNobody;
  }
  RW_CHECK(next < kMaxTasks && (run & sync::task_bit(next)) != 0,
           "a strategy picked a task that cannot run");
  return next;
}

void note_switch(unsigned next) {
  Executor& e = g_executor;
  ++e.switches;
  // The round-robin part is no decision of the strategy's: a replay comes to it by itself.
  if (e.recorder != nullptr && e.steps <= e.settings.step_budget) {
    const bool finished = (e.unfinished & sync::task_bit(e.current)) == 0;
    const bool runs = (e.runnable & sync::task_bit(e.current)) != 0;
    e.recorder->segment_ends(finished ? Segment::Until::end
                             : runs   ? Segment::Until::step
                                      : Segment::Until::blocked);
    e.recorder->segment_begins(next);
  }
}

bool give_up() {
  if (std::uncaught_exceptions() == 0) throw Abandoned{};
  return false;
}

void block_on(const void* word, const sync::site& where) {
  Executor& e = g_executor;
  const unsigned me = e.current;
  Task& task = e.tasks[me];
  e.runnable &= ~sync::task_bit(me);
  task.waits_on = word;
  if (e.phase != Phase::parallel) {  // alone: nobody can wake it
    record_failure(describe_stuck());
    give_up();
    return;
  }
  e.waiters[e.waiter_count++] = static_cast<std::uint8_t>(me);
  PendingStep& p = e.pending[me];
  p.kind = StepKind::wake;
  p.writes = false;
  p.where = where;
  schedule(sync::task_bit(me));
}

void wake(const void* word, unsigned count, const sync::site& where) {
  Executor& e = g_executor;
  while (count-- > 0) {
    unsigned matching[kMaxTasks];
    unsigned n = 0;
    for (unsigned i = 0; i < e.waiter_count; ++i)
      if (e.tasks[e.waiters[i]].waits_on == word) matching[n++] = i;
    if (n == 0) return;
    const unsigned at = matching[n > 1 ? make_choice(n, "wake", where) : 0];
    e.runnable |= sync::task_bit(e.waiters[at]);
    e.tasks[e.waiters[at]].waits_on = nullptr;
    for (unsigned i = at + 1; i < e.waiter_count; ++i) e.waiters[i - 1] = e.waiters[i];
    --e.waiter_count;
  }
}

unsigned make_choice(unsigned n, const char* what, const sync::site& where) {
  Executor& e = g_executor;
  if (n < 2 || e.phase != Phase::parallel || e.starting) return 0;
  e.view.runnable = e.runnable;
  e.view.current = e.current;
  e.view.steps = e.steps;
  const Quiet quiet;
  const unsigned value = e.strategy->choose(e.view, e.current, n, what, where);
  RW_CHECK(value < n, "a strategy chose a value out of range");
  mix(0x100 + value);
  if (e.recorder != nullptr) e.recorder->choice(what, n, value, where);
  return value;
}

void record_failure(Failure failure) {
  const Quiet quiet;
  Executor& e = g_executor;
  if (!e.failure) {
    failure.step = e.all_steps;
    failure.tasks = task_statuses();
    e.failure = std::move(failure);
    debug::failure(*e.failure);
  }
  e.abandoning = true;
}

void fail_here(std::string kind, std::vector<std::string> parts, bool symmetric,
               std::string message, const sync::site& where) {
  {
    const Quiet quiet;
    Failure f;
    f.kind = std::move(kind);
    f.parts = std::move(parts);
    f.symmetric = symmetric;
    f.message = std::move(message);
    f.where = place_of(where);
    f.task = g_executor.current;
    record_failure(std::move(f));
  }
  throw Abandoned{};
}

Place place_of(const sync::site& where) {
  return {where.file_name(), sync::function_name(where), where.line()};
}

}  // namespace rw::exec
