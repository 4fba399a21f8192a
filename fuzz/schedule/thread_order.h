// ThreadOrder: steers a run so that steps are made in the order in which real threads made them.
//
// The log (exec/thread_log.h) gives each step of the threads a time. Whoever stands before the step
// with the earliest time goes on. A pending step is found in the log by its op and its place, from
// where its task's part was left: a steered run that spins less often, or takes another way for a
// while, falls in step again at the next place that both have. A step the log does not have takes
// the time of the one before it.
//
// Times say nothing about what happened within some ten nanoseconds, nor how the steered run makes
// up for a step it lacks. So there is a family of orders around the logged one: `seed` 0 is the log
// itself, others shift each step by a little, or hold one task back from some step on; how much is
// drawn from the seed too.
//
// Promises: an order for every program, log and seed; the same for the same.
// Leaves out: memory models: a load sees what the model gives it first (the newest value).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fuzz/exec/strategy.h"
#include "fuzz/exec/thread_log.h"

namespace rw::schedule {

class ThreadOrder : public exec::Strategy {
 public:
  // Reads the log now and not later.
  ThreadOrder(const exec::ThreadLog& log, std::uint64_t seed);

  bool asked_always() const override { return true; }
  void begin(unsigned task_count) override;
  unsigned pick(const exec::View& view) override;
  unsigned choose(const exec::View& view, unsigned task, unsigned n, const char* what,
                  const sync::site& where) override;

 private:
  struct Task {
    std::vector<exec::LoggedStep> steps, choices;
    std::size_t next_step = 0, next_choice = 0;  // behind the last one that was found
    bool known = false;                          // `when` is its pending step's
    std::uint64_t when = 0;
  };

  void shift(std::uint64_t seed);
  static void find(Task& task, const exec::PendingStep& pending, unsigned op);

  std::array<Task, exec::kMaxTasks> tasks_;
};

}  // namespace rw::schedule
