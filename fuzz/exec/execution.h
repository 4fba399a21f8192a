// How a program runs: once, steered or on threads, with what it leaves behind.
//
// Promises: a steered execution is a pure function of the workload, the settings and the strategy's
// answers; the first failure ends it and everything is unwound. Executions run one at a time in a
// process; stacks, threads and tables are kept from one to the next.
// Leaves out: what a workload is made of (fuzz/program) and what a failure means (fuzz/verdict).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fuzz/exec/failure.h"
#include "fuzz/exec/strategy.h"
#include "fuzz/exec/thread_log.h"
#include "fuzz/exec/trace.h"

namespace rw::exec {

enum class Mode : std::uint8_t { steered, threads };
enum class Granularity : std::uint8_t { coarse, fine };
// What a load may see. weak: what C++20 allows but load buffering; lkmm: the same machine, for code
// that is written in the kernel's names (targets/kernel/access.h). weak_exact: as weak, with every
// order of seq_cst operations that C++20 allows, not only the one they ran in; for explorations,
// since an execution may turn out, as it goes, to be none of C++20's (memory/seq_cst.h).
enum class Memory : std::uint8_t { sc, weak, lkmm, weak_exact };

// What runs. setup() and finish() run alone, as task 0, before and after the tasks.
class Workload {
 public:
  Workload() = default;
  Workload(const Workload&) = delete;
  Workload& operator=(const Workload&) = delete;
  virtual ~Workload() = default;

  virtual unsigned task_count() const = 0;  // 0..kMaxTasks
  virtual void setup() {}
  virtual void task(unsigned t) = 0;
  virtual void finish() {}
  // What op `op` of task `t` is, for a report; the task has begun it, and may run on meanwhile.
  virtual std::string op_text(unsigned t, unsigned op) const {
    (void)t;
    (void)op;
    return {};
  }
};

struct Settings {
  Mode mode = Mode::steered;
  Granularity granularity = Granularity::coarse;
  Memory memory = Memory::sc;
  // Steps of the parallel part before scheduling turns round-robin; after as many again: livelock.
  std::uint32_t step_budget = 20'000;
  bool record_trace = false;  // steered only: fill Result::trace and Result::decisions
  // A data race does not stop a cross-check run: races are counted in Result::races and go on.
  bool races_go_on = false;
  // threads only: delays at sites are drawn from these bytes; empty: none.
  std::span<const std::uint8_t> jitter;
  ThreadLog* thread_log = nullptr;  // threads only: filled with the steps of the parallel part
};

struct Result {
  std::optional<Failure> failure;
  std::uint64_t trace_hash = 0;  // steered: equal iff the same steps saw the same values
  bool given_up = false;         // by its strategy, without a verdict
  bool impossible = false;       // weak_exact: the model has no such execution; without a verdict
  bool budget_spent = false;     // the last steps were round-robin, whatever the strategy
  std::uint32_t steps = 0;       // of the parallel part
  std::array<std::uint16_t, kMaxTasks> task_steps{};  // steered: of them, each task's own
  std::uint32_t switches = 0;                         // steps by another task than the step before
  std::uint32_t races = 0;         // with races_go_on: unordered access pairs met
  std::uint32_t profile_runs = 0;  // made before this one for the strategy's sake
  bool overlapped = false;         // threads: two tasks were inside ops at the same time
  Trace trace;
  Decisions decisions;
};

// Runs `workload` once. `strategy` is used in steered mode only and may then not be null.
Result run(Workload& workload, const Settings& settings, Strategy* strategy);

// For tests of primitives and puzzles: tasks as functions.
struct Tasks : Workload {
  std::function<void()> before;
  std::vector<std::function<void()>> bodies;
  std::function<void()> after;

  unsigned task_count() const override { return static_cast<unsigned>(bodies.size()); }
  void setup() override {
    if (before) before();
  }
  void task(unsigned t) override { bodies[t](); }
  void finish() override {
    if (after) after();
  }
};

// The calling task begins its `index`-th op; `text` is what reports print. Names of steps count
// visits from here. Called by the workload, both modes.
void op_begins(unsigned index, const std::function<std::string()>& text);
// `skipped`: null, or a literal saying why the op did nothing.
void op_ends(const char* skipped);

}  // namespace rw::exec
