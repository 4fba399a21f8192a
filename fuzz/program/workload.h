// ProgramWorkload: a Program as the executor runs it.
//
// Promises: no heap memory is touched while it runs; op texts are made only when a report asks.
// Leaves out: the schedule, memory and granularity; whoever calls exec::run passes those on.
#pragma once

#include "fuzz/exec/execution.h"
#include "fuzz/program/program.h"
#include "fuzz/program/redraw.h"

namespace rw::program {

class ProgramWorkload : public exec::Workload {
 public:
  // `p` must be valid and outlive every run, and `redraw`, if given, the one run it is for.
  explicit ProgramWorkload(const Program& p, Redraw* redraw = nullptr)
      : program_(&p), redraw_(redraw) {}

  // Runs `p` from now on.
  void use(const Program& p) { program_ = &p; }

  unsigned task_count() const override;
  void setup() override;  // the target's begin(), then the set-up ops
  void task(unsigned t) override;
  void finish() override;
  std::string op_text(unsigned t, unsigned op) const override;

 private:
  void run_list(int list);

  const Program* program_;
  Redraw* redraw_;
};

}  // namespace rw::program
