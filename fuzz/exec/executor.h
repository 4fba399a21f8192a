// The executor of steered executions: whose turn it is, what each task waits for, what it holds.
//
// A task stops before each of its steps; the strategy picks who goes on. Picking happens on the
// stack of the task that has just made a step, which switches to the picked one directly. In a
// coarse operation scope nothing inside is a step. One executor exists; it is reused by every
// execution.
//
// Promises: an execution that ends early (failure, deadlock, livelock) is unwound by an exception
// on every task's stack before run() returns. Leaves out: how an execution begins and ends
// (steered.cc), what accesses mean (access.cc, hooks.cc), what is recorded (recorder.h), threads
// mode.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>

#include "fuzz/exec/execution.h"
#include "fuzz/exec/fiber.h"
#include "fuzz/memory/clock.h"

namespace rw::exec {

// Thrown out of a seam call to unwind an execution that is given up. Not a std::exception, so that
// code under test does not catch it by accident.
struct Abandoned {};

// An open operation scope.
struct Scope {
  const char* name = nullptr;
  const void* object = nullptr;
  sync::site where;
  std::uint8_t outer_coarse = 0;  // value of Task::coarse when it was opened
};

struct HeldLock {
  const void* lock = nullptr;
  hooks::hold how = hooks::hold::exclusive;
};

// Steps of a task that count as near to where it asked for a choice (hooks::choice_asked).
inline constexpr std::uint8_t kNearChoice = 6;
inline constexpr unsigned kMaxScopes = 16;
inline constexpr unsigned kMaxHeld = 64;

struct alignas(64) Task {
  unsigned number = 0;
  std::uint8_t coarse = 0;  // > 0: inside a coarse operation, accesses are not steps
  std::uint8_t scope_count = 0;
  std::uint8_t held_count = 0;
  std::uint8_t near_choice = 0;  // steps to come that count as near to a choice
  // How many ops it has begun: read by whoever reports a failure while it runs on.
  std::atomic<std::uint32_t> ops_begun{0};
  Fiber fiber;
  memory::TaskClocks clocks;
  const void* waits_on = nullptr;  // the word it is blocked on
  Scope scopes[kMaxScopes];
  HeldLock held[kMaxHeld];
};

enum class Phase : std::uint8_t { setup, parallel, finish };

class Recorder;

struct Executor {
  Fiber main;
  Task tasks[kMaxTasks];
  std::uint16_t op[kMaxTasks] = {};
  PendingStep pending[kMaxTasks];
  const char* function[kMaxTasks] = {};
  std::uint16_t visit[kMaxTasks] = {};
  View view{.pending = pending, .op = op, .function = function, .visit = visit};

  Workload* workload = nullptr;
  Settings settings;
  Strategy* strategy = nullptr;
  Recorder* recorder = nullptr;  // null unless a trace is recorded
  bool follows_names = false;    // the strategy or the recorder needs function[] and visit[]
  bool logs_touches = false;     // the strategy wants to know what each step touches
  bool given_up = false;         // by the strategy
  bool impossible = false;       // by the memory model (weak_access.cc)
  bool weak = false;             // parallel part under a weak memory model
  bool exact = false;            // of weak: by its exact rules
  bool ask_always = false;       // the strategy is asked before every step

  Phase phase = Phase::setup;
  bool starting = false;  // tasks run up to their first step, one after the other
  bool usual = false;     // the parallel part, started; no strategy wants to know more than it asks
  bool abandoning = false;
  Task* running = tasks;  // number view.current
  unsigned task_count = 0;
  TaskSet runnable = 0;
  TaskSet unfinished = 0;
  TaskSet started = 0;
  std::uint32_t all_steps = 0;                        // of all parts
  std::array<std::uint16_t, kMaxTasks> task_steps{};  // of the parallel part
  std::uint32_t switches = 0;
  std::uint32_t races = 0;
  std::uint64_t hash = 0;

  // Blocked tasks in the order they blocked.
  std::uint8_t waiters[kMaxTasks] = {};
  unsigned waiter_count = 0;

  std::optional<Failure> failure;

  Executor() {
    for (unsigned t = 0; t < kMaxTasks; ++t) tasks[t].number = t;
  }
};

// Hidden, as other variables that every step needs: reached directly, not by a table of addresses.
[[gnu::visibility("hidden")]] extern Executor g_executor;

// ---- for the hooks -----------------------------------------------------------------------------

inline Task& current_task_state() {
  return *g_executor.running;
}

inline constexpr unsigned kNobody = ~0U;

void name_pending_step(unsigned task);  // recorder.h
// The execution is being given up: throws, unless this stack is unwinding already. Returns null, as
// step() then does.
Task* give_up();

inline void mix(std::uint64_t value) {
  std::uint64_t& h = g_executor.hash;
  h = (((h << 5) | (h >> 59)) ^ value) * 0x9e3779b97f4a7c15;
}

// Blocks the calling task on `word` until a notify picks it.
void block_on(const void* word, const sync::site& where);
// Makes up to `count` tasks blocked on `word` runnable; which ones is a choice.
void wake(const void* word, unsigned count, const sync::site& where);
unsigned make_choice(unsigned n, const char* what, const sync::site& where);

// Records the first failure of the execution and gives it up. Does not throw.
void record_failure(Failure failure);
// Fills in who and where, records and throws.
[[noreturn]] void fail_here(std::string kind, std::vector<std::string> parts, bool symmetric,
                            std::string message, const sync::site& where);

// File, line and function as reports name them.
Place place_of(const sync::site& where);

// ---- progress.cc --------------------------------------------------------------------------------
Failure describe_stuck();     // nobody can run: deadlock or lost-wakeup
Failure describe_livelock();  // the step budget is spent twice
std::vector<TaskStatus> task_statuses();

}  // namespace rw::exec
