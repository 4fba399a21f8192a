// Strategy: who makes the next step, and which value a choice takes.
//
// Promises to a strategy: it is asked only when there is a real decision (two or more runnable
// tasks, or a choice with two or more values) unless it follows names; every runnable task stands
// before exactly one pending step, which it will make if picked; nothing but its answers decides
// the execution. A strategy promises: its answers are a pure function of what it was made with and
// what it is told. Leaves out: progress. The step budget and the fall-back to round-robin are the
// executor's.
#pragma once

#include <cstdint>

#include "fuzz/sync/hooks.h"
#include "fuzz/sync/tasks.h"

namespace rw::exec {

using sync::kMaxTasks;
using sync::TaskSet;

enum class StepKind : std::uint8_t {
  start,  // the task's first step: it begins to run
  load,
  store,
  rmw,
  fence,
  operation,  // the non-blocking path of an operation scope (coarse granularity)
  wait,       // compare and block
  wake,       // goes on after having been blocked
  notify,
  relax,  // goes on after having been descheduled in a spin loop
};

// The step a task will make when it is picked.
struct PendingStep {
  StepKind kind = StepKind::start;
  bool writes = false;              // may change what it touches
  bool near_choice = false;         // the task has just asked for a choice of the design
  std::uint32_t location = 0;       // arena offset it is about; 0: none
  sync::site where;                 // source position: the step's name is its function
  const char* operation = nullptr;  // name of the innermost operation scope, if any
};

// Two steps conflict if they touch one location and one of them writes it.
inline bool conflict(const PendingStep& a, const PendingStep& b) {
  return a.location != 0 && a.location == b.location && (a.writes || b.writes);
}

// Whether its task may be blocked in this step, or goes on after it was.
inline bool is_wait(const PendingStep& step) {
  return step.kind == StepKind::wait || step.kind == StepKind::wake;
}

// What a strategy sees of an execution.
struct View {
  TaskSet runnable = 0;  // who may be picked
  unsigned current = 0;  // who made the last step; need not be runnable
  unsigned task_count = 0;
  std::uint32_t steps = 0;               // steps made in the parallel part
  const PendingStep* pending = nullptr;  // [task]
  const std::uint16_t* op = nullptr;     // [task]: index of the op it is in
  // The name of each pending step: the visit-th (from 1) step in `function` of its op. Kept only
  // for a strategy that follows names; null otherwise.
  const char* const* function = nullptr;
  const std::uint16_t* visit = nullptr;
};

class Strategy {
 public:
  Strategy() = default;
  Strategy(const Strategy&) = delete;
  Strategy& operator=(const Strategy&) = delete;
  virtual ~Strategy() = default;

  // True for replay: view.function and view.visit are filled.
  virtual bool follows_names() const { return false; }
  // True: it is asked before every step, even if one task alone can make it.
  virtual bool asked_always() const { return follows_names(); }
  // True: touches() is called.
  virtual bool wants_touches() const { return false; }
  // A new execution of `task_count` tasks (1..kMaxTasks) begins.
  virtual void begin(unsigned task_count) = 0;
  // Returns a task whose bit is set in view.runnable; or kGiveUp, and the execution ends without a
  // verdict.
  static constexpr unsigned kGiveUp = ~0U;
  virtual unsigned pick(const View& view) = 0;
  // Returns a value in [0, n), n >= 2; 0 is benign. `what` is a literal naming the choice.
  virtual unsigned choose(const View& view, unsigned task, unsigned n, const char* what,
                          const sync::site& where) = 0;
  // What the running task does between two of its steps is about `location`: an access of any kind,
  // an order_release or order_acquire, a wait, a notify. kEveryFence stands for what seq_cst
  // accesses and full fences share under a weak memory model, kAllocator for what decides where the
  // next object lies; from kGhosts on come the words that oracles keep outside the arena.
  static constexpr std::uint32_t kEveryFence = 1;
  static constexpr std::uint32_t kAllocator = 2;
  static constexpr std::uint32_t kGhosts = 1U << 31;
  virtual void touches(std::uint32_t location, bool writes) {
    (void)location;
    (void)writes;
  }
};

}  // namespace rw::exec
