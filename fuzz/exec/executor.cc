#include "fuzz/exec/executor.h"

#include "fuzz/exec/debug.h"
#include "fuzz/exec/quiet.h"
#include "fuzz/exec/recorder.h"
#include "fuzz/exec/step.h"
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
  const TaskSet after = run & ~sync::tasks_below(g_executor.view.current + 1);
  return sync::first_task(after != 0 ? after : run);
}

unsigned nobody_because(const Failure& failure) {
  record_failure(failure);
  return kNobody;
}

}  // namespace

unsigned choose_next(TaskSet exclude) {
  Executor& e = g_executor;
  TaskSet run = e.runnable & ~exclude;
  if (run == 0) run = e.runnable;
  if (run == 0) {
    const Quiet quiet;
    return nobody_because(describe_stuck());
  }
  if (e.view.steps >= e.settings.step_budget) [[unlikely]] {
    if (++e.view.steps <= 2 * e.settings.step_budget) return next_round_robin(run);
    const Quiet quiet;
    return nobody_because(describe_livelock());
  }
  if (sync::has_one_task(run) && !e.ask_always) return only_one(run);
  if (!e.follows_names && !e.ask_always) return ask_strategy(run);
  // Replay compares names, and libc's string functions are intercepted by TSan; who is asked before
  // every step may keep what it sees on the heap.
  const Quiet quiet;
  return ask_strategy(run);
}

unsigned end_by_strategy(unsigned answer) {
  RW_CHECK(answer == Strategy::kGiveUp, "a strategy picked a task that cannot run");
  g_executor.given_up = true;
  g_executor.abandoning = true;
  return kNobody;
}

void start_next(Task& from) {
  Executor& e = g_executor;
  const unsigned next = from.number + 1;
  if (next == e.task_count) return fiber_switch(from.fiber, e.main);
  e.started |= sync::task_bit(next);
  fiber_switch(from.fiber, make_current(next).fiber);
}

Task* schedule_unusual(Task& task, TaskSet exclude) {
  const Executor& e = g_executor;
  if (e.follows_names) name_pending_step(task.number);
  if (e.phase != Phase::parallel) return step_is_made(task);
  count_near_choice(task);
  if (!e.starting) return go_on(task, choose_next(exclude));
  start_next(task);
  return has_its_turn(task);
}

void record_switch(unsigned next) {
  Executor& e = g_executor;
  // The round-robin part is no decision of the strategy's: a replay comes to it by itself.
  if (e.view.steps > e.settings.step_budget) return;
  const bool finished = (e.unfinished & sync::task_bit(e.view.current)) == 0;
  const bool runs = (e.runnable & sync::task_bit(e.view.current)) != 0;
  e.recorder->segment_ends(finished ? Segment::Until::end
                           : runs   ? Segment::Until::step
                                    : Segment::Until::blocked);
  e.recorder->segment_begins(next);
}

Task* give_up() {
  if (std::uncaught_exceptions() == 0) throw Abandoned{};
  return nullptr;
}

void block_on(const void* word, const sync::site& where) {
  Executor& e = g_executor;
  const unsigned me = e.view.current;
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
  p.writes = p.near_choice = false;
  p.where = where;
  schedule(task, sync::task_bit(me));
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
  const Quiet quiet;
  const unsigned value = e.strategy->choose(e.view, e.view.current, n, what, where);
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
    f.task = g_executor.view.current;
    record_failure(std::move(f));
  }
  throw Abandoned{};
}

Place place_of(const sync::site& where) {
  return {where.file_name(), sync::function_name(where), where.line()};
}

}  // namespace rw::exec
