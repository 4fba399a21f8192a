// ProgramWorkload: a Program as the executor runs it.
//
// Promises: no heap memory is touched while it runs; op texts are made only when a report asks.
// Leaves out: the schedule, memory and granularity; whoever calls exec::run passes those on.
#pragma once

#include "fuzz/exec/execution.h"
#include "fuzz/program/program.h"

namespace rw::program {

class ProgramWorkload : public exec::Workload {
 public:
  // `p` must be valid and outlive every run.
  explicit ProgramWorkload(const Program& p) : program_(&p) {}

  // Runs `p` from now on.
  void use(const Program& p) { program_ = &p; }

  unsigned task_count() const override;
  void setup() override;  // the target's begin(), then the set-up ops
  void task(unsigned t) override;
  void finish() override;

 private:
  const Program* program_;
};

}  // namespace rw::program
