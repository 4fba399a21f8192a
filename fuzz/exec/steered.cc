// One steered execution from beginning to end: fibers, phases, and what is left of it.
#include <optional>
#include <string>

#include "fuzz/exec/debug.h"
#include "fuzz/exec/executor.h"
#include "fuzz/exec/recorder.h"
#include "fuzz/exec/step.h"
#include "fuzz/exec/threads.h"
#include "fuzz/memory/arena.h"
#include "fuzz/memory/weak.h"
#include "fuzz/sync/check.h"

namespace rw::exec {

namespace {

void run_body(unsigned t) {
  Executor& e = g_executor;
  switch (e.phase) {
    case Phase::setup:
      e.workload->setup();
      break;
    case Phase::parallel:
      e.workload->task(t);
      break;
    case Phase::finish:
      e.workload->finish();
      break;
  }
}

// The running task has ended: on to whoever is next, or back to run_phase.
void leave(unsigned t) {
  Executor& e = g_executor;
  e.runnable &= ~sync::task_bit(t);
  e.unfinished &= ~sync::task_bit(t);
  if (e.weak) memory::weak::task_ends(t);
  if (!e.abandoning) {
    if (e.starting) return start_next(e.tasks[t]);
    const unsigned next = e.unfinished != 0 ? choose_next(0) : kNobody;
    if (next != kNobody) return switch_tasks(e.tasks[t], next);
  }
  fiber_switch(e.tasks[t].fiber, e.main);
}

// What each fiber runs for ever: one body per phase it takes part in.
void fiber_loop() {
  for (;;) {
    const unsigned t = g_executor.running->number;
    try {
      run_body(t);
    } catch (const Abandoned&) {
      // The execution was given up; this stack is unwound now.
    }
    leave(t);
  }
}

void create_fibers() {
  static bool created = false;
  if (created) return;
  created = true;
  static std::string names[kMaxTasks];  // a fiber keeps the pointer
  memory::arena_init();
  fiber_adopt_main(g_executor.main);
  for (unsigned t = 0; t < kMaxTasks; ++t) {
    names[t] = "T" + std::to_string(t);
    fiber_create(g_executor.tasks[t].fiber, memory::stack_base(t), memory::stack_usable(),
                 names[t].c_str(), fiber_loop);
  }
}

void switch_to_task(unsigned t) {
  fiber_switch(g_executor.main, make_current(t).fiber);
}

// Everything that the `before` tasks of the last phase did happens before everything that the
// `count` of this one do. The others' clocks are not looked at.
void fork_clocks(unsigned before, unsigned count) {
  Task* const tasks = g_executor.tasks;
  memory::Clock joined = tasks[0].clocks.current;
  for (unsigned t = 1; t < before; ++t) memory::join(joined, tasks[t].clocks.current);
  for (unsigned t = 0; t < count; ++t) {
    tasks[t].clocks.current = joined;
    tasks[t].clocks.has_acquirable = false;
    tasks[t].clocks.has_releasable = false;
    ++tasks[t].clocks.current[t];
  }
}

void begin_task(unsigned t) {
  Executor& e = g_executor;
  Task& task = e.tasks[t];
  task.coarse = 0;
  task.scope_count = 0;
  task.near_choice = 0;
  task.waits_on = nullptr;
  task.ops_begun.store(0, std::memory_order_relaxed);
  e.op[t] = 0;
  e.pending[t] = PendingStep{};
  if (e.follows_names) forget_visits(t);
}

// Every task comes to its first step, then one is chosen.
void start_tasks() {
  Executor& e = g_executor;
  e.starting = true;
  switch_to_task(0);
  e.starting = false;
  if (e.abandoning || e.unfinished == 0) return;
  e.usual = !e.follows_names && !e.ask_always && !e.logs_touches;
  e.view.current = sync::first_task(e.runnable);
  const unsigned next = choose_next(0);
  if (next == kNobody) return;
  if (e.recorder != nullptr) e.recorder->segment_begins(next);
  switch_to_task(next);
}

void run_phase(Phase phase, unsigned count) {
  Executor& e = g_executor;
  e.phase = phase;
  fork_clocks(e.task_count, count);
  e.task_count = e.view.task_count = count;
  e.unfinished = e.runnable = sync::tasks_below(count);
  e.started = sync::task_bit(0);
  e.waiter_count = 0;
  for (unsigned t = 0; t < count; ++t) begin_task(t);
  Fiber* fibers[kMaxTasks];
  for (unsigned t = 0; t < count; ++t) fibers[t] = &e.tasks[t].fiber;
  fiber_gate_in(e.main, fibers, count);
  if (phase == Phase::parallel) {
    start_tasks();
    if (e.recorder != nullptr) e.recorder->segment_ends(Segment::Until::end);
  } else {
    switch_to_task(0);
  }
  e.unfinished &= e.started;
  while (e.unfinished != 0)  // only after a failure: unwind the others
    switch_to_task(sync::first_task(e.unfinished));
  e.usual = false;
  fiber_gate_out(e.main, fibers, count);
}

memory::weak::Rules rules_of(Memory memory) {
  switch (memory) {
    case Memory::lkmm:
      return memory::weak::Rules::kernel;
    case Memory::weak_exact:
      return memory::weak::Rules::cxx_exact;
    default:
      return memory::weak::Rules::cxx;
  }
}

Result run_steered(Workload& workload, const Settings& settings, Strategy* strategy) {
  Executor& e = g_executor;
  RW_CHECK(strategy != nullptr, "a steered execution needs a strategy");
  const unsigned task_count = workload.task_count();
  RW_CHECK(task_count <= kMaxTasks, "more tasks than the executor has");
  create_fibers();
  memory::arena_begin_execution();
  std::optional<Recorder> recorder;
  if (settings.record_trace) recorder.emplace();
  e.workload = &workload;
  e.settings = settings;
  e.strategy = strategy;
  e.recorder = recorder ? &*recorder : nullptr;
  e.ask_always = strategy->asked_always();
  e.follows_names = strategy->follows_names() || settings.record_trace;
  e.abandoning = e.given_up = e.impossible = false;
  e.task_steps = {};
  e.view.steps = e.all_steps = e.switches = e.races = 0;
  e.hash = 0;
  e.failure.reset();
  debug::execution_begins();
  e.task_count = 0;
  e.tasks[0].clocks.current = {};
  for (Task& task : e.tasks) task.held_count = 0;

  hooks::g_mode = hooks::mode::steered;
  hooks::g_tracing = settings.record_trace;
  strategy->begin(task_count);
  run_phase(Phase::setup, 1);
  if (!e.abandoning && task_count > 0) {
    e.weak = settings.memory != Memory::sc;
    e.exact = settings.memory == Memory::weak_exact;
    if (e.weak) memory::weak::begin(task_count, rules_of(settings.memory));
    e.logs_touches = hooks::g_tells_ghosts = strategy->wants_touches();
    run_phase(Phase::parallel, task_count);
    e.weak = e.exact = e.logs_touches = hooks::g_tells_ghosts = false;
  }
  if (!e.abandoning) run_phase(Phase::finish, 1);
  hooks::g_mode = hooks::mode::direct;
  hooks::g_tracing = false;

  Result result;
  result.failure = std::move(e.failure);
  result.trace_hash = e.hash;
  result.given_up = e.given_up;
  result.impossible = e.impossible;
  result.budget_spent = e.view.steps > e.settings.step_budget;
  result.steps = e.view.steps;
  result.task_steps = e.task_steps;
  result.switches = e.switches;
  result.races = e.races;
  if (recorder) recorder->take(result.trace, result.decisions);
  e.recorder = nullptr;
  return result;
}

}  // namespace

Result run(Workload& workload, const Settings& settings, Strategy* strategy) {
  RW_CHECK(hooks::g_mode == hooks::mode::direct, "executions do not nest");
  return settings.mode == Mode::threads ? run_threads(workload, settings)
                                        : run_steered(workload, settings, strategy);
}

}  // namespace rw::exec
