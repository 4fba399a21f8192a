// One steered execution from beginning to end: fibers, phases, and what is left of it.
#include <string>

#include "fuzz/exec/debug.h"
#include "fuzz/exec/executor.h"
#include "fuzz/exec/recorder.h"
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
  if (!e.starting && !e.abandoning && e.unfinished != 0) {
    const unsigned next = choose_next(0);
    if (next != kNobody) {
      note_switch(next);
      e.current = next;
      fiber_switch(e.tasks[t].fiber, e.tasks[next].fiber);
      return;
    }
  }
  fiber_switch(e.tasks[t].fiber, e.main);
}

// What each fiber runs for ever: one body per phase it takes part in.
void fiber_loop() {
  for (;;) {
    const unsigned t = g_executor.current;
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
  g_executor.current = t;
  fiber_switch(g_executor.main, g_executor.tasks[t].fiber);
}

// Everything done so far happens before everything each of the tasks does.
void fork_clocks(unsigned task_count) {
  memory::Clock joined{};
  for (const Task& task : g_executor.tasks) memory::join(joined, task.clocks.current);
  for (unsigned t = 0; t < kMaxTasks; ++t) {
    memory::TaskClocks& clocks = g_executor.tasks[t].clocks;
    clocks.current = joined;
    clocks.has_acquirable = false;
    clocks.has_releasable = false;
    if (t < task_count) ++clocks.current[t];
  }
}

void run_phase(Phase phase, unsigned count) {
  Executor& e = g_executor;
  e.phase = phase;
  e.task_count = e.view.task_count = count;
  e.unfinished = e.runnable = sync::tasks_below(count);
  e.waiter_count = 0;
  fork_clocks(count);
  Fiber* fibers[kMaxTasks];
  for (unsigned t = 0; t < count; ++t) {
    fibers[t] = &e.tasks[t].fiber;
    e.tasks[t].coarse = 0;
    e.tasks[t].scope_count = 0;
    e.tasks[t].near_choice = 0;
    e.tasks[t].waits_on = nullptr;
    e.op[t] = 0;
    e.tasks[t].ops_begun.store(0, std::memory_order_relaxed);
    forget_visits(t);
    e.pending[t] = PendingStep{};
  }
  fiber_gate_in(e.main, fibers, count);
  TaskSet started = 0;
  e.starting = phase == Phase::parallel;
  for (unsigned t = 0; t < count && !e.abandoning; ++t) {
    started |= sync::task_bit(t);
    switch_to_task(t);
  }
  e.starting = false;
  if (!e.abandoning && e.unfinished != 0) {
    e.current = sync::first_task(e.runnable);
    const unsigned next = choose_next(0);
    if (next != kNobody) {
      if (e.recorder != nullptr) e.recorder->segment_begins(next);
      switch_to_task(next);
    }
  }
  if (e.recorder != nullptr && phase == Phase::parallel)
    e.recorder->segment_ends(Segment::Until::end);
  e.unfinished &= started;
  while (e.unfinished != 0)  // only after a failure: unwind the others
    switch_to_task(sync::first_task(e.unfinished));
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
  RW_CHECK(workload.task_count() <= kMaxTasks, "more tasks than the executor has");
  create_fibers();
  memory::arena_begin_execution();
  Recorder recorder;
  e.workload = &workload;
  e.settings = settings;
  e.strategy = strategy;
  e.recorder = settings.record_trace ? &recorder : nullptr;
  e.ask_always = strategy->asked_always();
  e.follows_names = strategy->follows_names() || settings.record_trace;
  e.abandoning = e.given_up = e.impossible = false;
  e.task_steps = {};
  e.steps = e.all_steps = e.switches = e.races = 0;
  e.hash = 0;
  e.failure.reset();
  debug::execution_begins();
  for (Task& task : e.tasks) {
    task.clocks = memory::TaskClocks{};
    task.held_count = 0;
  }

  hooks::g_mode = hooks::mode::steered;
  hooks::g_tracing = settings.record_trace;
  strategy->begin(workload.task_count());
  run_phase(Phase::setup, 1);
  if (!e.abandoning && workload.task_count() > 0) {
    e.weak = settings.memory != Memory::sc;
    e.exact = settings.memory == Memory::weak_exact;
    if (e.weak) memory::weak::begin(workload.task_count(), rules_of(settings.memory));
    e.logs_touches = hooks::g_tells_ghosts = strategy->wants_touches();
    run_phase(Phase::parallel, workload.task_count());
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
  result.budget_spent = e.steps > e.settings.step_budget;
  result.steps = e.steps;
  result.task_steps = e.task_steps;
  result.switches = e.switches;
  result.races = e.races;
  if (e.recorder != nullptr) recorder.take(result.trace, result.decisions);
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
