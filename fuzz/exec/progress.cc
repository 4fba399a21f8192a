// Who cannot go on, and why: deadlock, lost wake-up, livelock, in words and in key parts.
#include <fmt/format.h>

#include <algorithm>

#include "fuzz/exec/executor.h"
#include "fuzz/exec/recorder.h"
#include "fuzz/memory/arena.h"
#include "fuzz/sync/fail.h"

namespace rw::exec {

namespace {

// What a blocked task says it waits for: the object of its innermost scope, else the bare word.
const void* awaited(const Task& task) {
  return task.scope_count > 0 ? task.scopes[task.scope_count - 1].object : task.waits_on;
}

const sync::site& waiting_place(unsigned t) {
  const Task& task = g_executor.tasks[t];
  return task.scope_count > 0 ? task.scopes[task.scope_count - 1].where
                              : g_executor.pending[t].where;
}

bool holds(const Task& task, const void* lock) {
  for (unsigned i = 0; i < task.held_count; ++i)
    if (task.held[i].lock == lock) return true;
  return false;
}

bool is_blocked(unsigned t) {
  return sync::has_task(g_executor.unfinished, t) && g_executor.tasks[t].waits_on != nullptr;
}

// The tasks that hold what task t waits for.
TaskSet holders(unsigned t) {
  TaskSet result = 0;
  for (unsigned u = 0; u < kMaxTasks; ++u)
    if (holds(g_executor.tasks[u], awaited(g_executor.tasks[t]))) result |= sync::task_bit(u);
  return result;
}

// Does every task that blocks `t` wait, directly or not, for one in the set already walked?
bool on_cycle(unsigned t) {
  TaskSet reached = holders(t);
  for (unsigned round = 0; round < kMaxTasks; ++round)
    for (unsigned u = 0; u < kMaxTasks; ++u)
      if (sync::has_task(reached, u) && is_blocked(u)) reached |= holders(u);
  return sync::has_task(reached, t);
}

std::string holders_in_words(unsigned t) {
  std::string words;
  for (unsigned u = 0; u < kMaxTasks; ++u)
    if (sync::has_task(holders(t), u))
      words += fmt::format("{}T{}", words.empty() ? "" : " and ", u);
  return words;
}

std::string state_in_words(unsigned t) {
  if (!sync::has_task(g_executor.unfinished, t)) return "finished";
  if (!is_blocked(t)) return t == g_executor.view.current ? "running" : "can run";
  const std::string by = holders_in_words(t);
  const std::string what = memory::name_of(awaited(g_executor.tasks[t]));
  return "waits for " + what + (by.empty() ? "" : ", held by " + by);
}

// "T0 in zap waits for page#1.lock, held by T1"
void tell(std::string& message, unsigned t, const std::string& function) {
  if (!message.empty()) message += "; ";
  message += fmt::format("T{} in {} {}", t, function, state_in_words(t));
}

}  // namespace

std::vector<TaskStatus> task_statuses() {
  const Executor& e = g_executor;
  std::vector<TaskStatus> all;
  const unsigned count = e.phase == Phase::parallel ? e.task_count : 0;
  for (unsigned t = 0; t < count; ++t) {
    const Task& task = e.tasks[t];
    TaskStatus status;
    status.task = t;
    if (const std::uint32_t begun = task.ops_begun.load(std::memory_order_acquire); begun != 0) {
      status.op = begun - 1;
      status.op_text = e.workload->op_text(t, status.op);
    }
    for (unsigned s = 0; s < task.scope_count; ++s)
      status.operations.push_back(
          fmt::format("{} {}", task.scopes[s].name, memory::name_of(task.scopes[s].object)));
    status.state = state_in_words(t);
    if (e.pending[t].where.line() != 0) status.where = place_of(e.pending[t].where);
    all.push_back(std::move(status));
  }
  return all;
}

Failure describe_stuck() {
  const Executor& e = g_executor;
  Failure f;
  f.symmetric = true;
  f.task = e.view.current;
  TaskSet blocked = 0, cycle = 0;
  for (unsigned t = 0; t < kMaxTasks; ++t) {
    if (!is_blocked(t)) continue;
    blocked |= sync::task_bit(t);
    if (on_cycle(t)) cycle |= sync::task_bit(t);
  }
  f.kind = cycle != 0 ? "deadlock" : "lost-wakeup";
  // The key is that of the tasks on the cycle: others that queue behind them change nothing.
  const TaskSet to_blame = cycle != 0 ? cycle : blocked;
  for (unsigned t = 0; t < kMaxTasks; ++t) {
    if (!sync::has_task(blocked, t)) continue;
    const sync::site& where = waiting_place(t);
    const std::string function = sync::function_name(where);
    tell(f.message, t, function);
    if (!sync::has_task(to_blame, t)) continue;
    if (f.where.line == 0) f.where = place_of(where);
    f.parts.push_back(function + " " + memory::class_of(awaited(e.tasks[t])));
  }
  std::sort(f.parts.begin(), f.parts.end());
  if (cycle == 0)
    f.message +=
        "; nobody is left to wake " + std::string(sync::has_one_task(blocked) ? "it" : "them");
  return f;
}

Failure describe_livelock() {
  const Executor& e = g_executor;
  Failure f;
  f.kind = "livelock";
  f.symmetric = true;
  f.task = e.view.current;
  for (unsigned t = 0; t < kMaxTasks; ++t) {
    if (!sync::has_task(e.unfinished, t)) continue;
    const std::string function = sync::function_name(e.pending[t].where);
    if (sync::has_task(e.runnable, t)) {
      if (f.where.line == 0) f.where = place_of(e.pending[t].where);
      f.parts.push_back(function);
    }
    tell(f.message, t, function);
  }
  std::sort(f.parts.begin(), f.parts.end());
  f.message += fmt::format("; {} steps, the last {} of them round-robin, brought no end",
                           2 * e.settings.step_budget, e.settings.step_budget);
  return f;
}

}  // namespace rw::exec
