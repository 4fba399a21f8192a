// How a step is made: the task that has come to one picks who goes on and switches to it.
//
// Inline in every hook that is a step: each call on the way to a switch is a return that the
// processor predicts wrongly, because another task called last.
//
// Promises: step() returns when it is the task's turn. Leaves out: what seldom happens
// (executor.cc), and what the step does (the hooks).
#pragma once

#include "fuzz/exec/executor.h"

namespace rw::exec {

// Who makes the next step; kNobody if nobody can (the execution is then given up). `exclude`: not
// to be picked if others can be.
unsigned choose_next(TaskSet exclude);
// The strategy's answer is no task that can run: it gives up.
unsigned end_by_strategy(unsigned answer);
void record_switch(unsigned next);
Task* schedule_unusual(Task& task, TaskSet exclude);
// `from` has come to its first step, or its end: the next task runs up to its own, or all have.
void start_next(Task& from);

inline Task& make_current(unsigned task) {
  Executor& e = g_executor;
  e.view.current = task;
  e.running = &e.tasks[task];
  return *e.running;
}

// The running task leaves the processor to `next`, another one.
[[gnu::always_inline]] inline void switch_tasks(Task& from, unsigned next) {
  Executor& e = g_executor;
  ++e.switches;
  if (e.recorder != nullptr) [[unlikely]]
    record_switch(next);
  fiber_switch(from.fiber, make_current(next).fiber);
}

// `task`, the running one, makes its pending step now.
[[gnu::always_inline]] inline Task* step_is_made(Task& task) {
  Executor& e = g_executor;
  ++e.all_steps;
  // What kind of step it is follows from what the task has seen.
  mix((std::uint64_t{e.pending[task.number].location} << 8) | task.number);
  return &task;
}

// Of several that can run, the strategy picks one.
[[gnu::always_inline]] inline unsigned ask_strategy(TaskSet run) {
  Executor& e = g_executor;
  e.view.runnable = run;
  const unsigned next = e.strategy->pick(e.view);
  ++e.view.steps;
  if (next >= kMaxTasks || !sync::has_task(run, next)) [[unlikely]]
    return end_by_strategy(next);
  return next;
}
inline unsigned only_one(TaskSet run) {
  ++g_executor.view.steps;
  return sync::first_task(run);
}

[[gnu::always_inline]] inline void count_near_choice(Task& task) {
  if (task.near_choice == 0) [[likely]]
    return;
  --task.near_choice;
  g_executor.pending[task.number].near_choice = true;
}

// It is the turn of `task` again. Returns as step() does.
[[gnu::always_inline]] inline Task* has_its_turn(Task& task) {
  if (g_executor.abandoning) [[unlikely]]
    return give_up();
  ++g_executor.task_steps[task.number];
  return step_is_made(task);
}

// `next` has been picked, or nobody. Returns when it is the turn of `task`, as step() does.
[[gnu::always_inline]] inline Task* go_on(Task& task, unsigned next) {
  if (next == kNobody) [[unlikely]]
    return give_up();
  if (next != task.number) switch_tasks(task, next);
  return has_its_turn(task);
}

// Pick who goes on, switch. Returns as step() does.
[[gnu::always_inline]] inline Task* schedule(Task& task, TaskSet exclude) {
  const Executor& e = g_executor;
  if (!e.usual) [[unlikely]]
    return schedule_unusual(task, exclude);
  count_near_choice(task);
  const TaskSet run = e.runnable & ~exclude;
  unsigned next = 0;  // one call of go_on(): it is inline
  if (run == 0 || e.view.steps >= e.settings.step_budget) [[unlikely]]
    next = choose_next(exclude);
  else
    next = sync::has_one_task(run) ? only_one(run) : ask_strategy(run);
  return go_on(task, next);
}

// The calling task is about to make a step. Returns the task when it is its turn; null if the
// execution has been given up, on a stack that is unwinding: nothing is to be done any more.
[[gnu::always_inline]] inline Task* step(StepKind kind, bool writes, std::uint32_t location,
                                         const char* operation, const sync::site& where) {
  Executor& e = g_executor;
  if (e.abandoning) [[unlikely]]
    return give_up();
  Task& task = current_task_state();
  if (task.coarse != 0) return &task;
  PendingStep& p = e.pending[task.number];
  p.kind = kind;
  p.writes = writes;
  p.near_choice = false;
  p.location = location;
  p.where = where;
  p.operation = operation;
  return schedule(task, 0);
}

}  // namespace rw::exec
