// What the litmus tests share: a parsed row as an execution runs it.
#pragma once

#include "fuzz/exec/execution.h"
#include "targets/litmus/run.h"

namespace rw::litmus {

struct LitmusWorkload : exec::Workload {
  LitmusWorkload(const Litmus& test, Dialect dialect)
      : tasks(static_cast<unsigned>(test.threads.size())), runner(test, dialect) {}
  unsigned task_count() const override { return tasks; }
  void setup() override { runner.setup(); }
  void task(unsigned t) override { runner.task(t); }
  void finish() override { runner.finish(); }

  unsigned tasks;
  Runner runner;
};

}  // namespace rw::litmus
