// How a litmus test runs on the seam.
//
// Promises: C++ rows use sync::atomic with the order written (cells for na); kernel rows go through
// targets/kernel (READ_ONCE, smp_*, spinlocks, RCU, SRCU). Each statement is its own step or steps;
// the runner adds none between them.
// Leaves out: schedules; whoever runs it (litmus_test.cc) calls setup, task and finish as an
// exec::Workload does, with fine granularity.
#pragma once

#include "targets/litmus/litmus.h"

namespace rw::litmus {

class Runner {
 public:
  // `test` must outlive the runner.
  Runner(const Litmus& test, Dialect dialect) : test_(&test), dialect_(dialect) {}

  void setup();
  void task(unsigned t);
  void finish();

  // Valid after finish() of an execution that did not fail.
  const Final& final() const { return final_; }

 private:
  const Litmus* test_;
  Dialect dialect_;
  Final final_;
};

}  // namespace rw::litmus
