// Limited: a strategy's run, ended after so many steps.
//
// For looking at a run up to the step that would end the process.
//
// Promises: until then the run is the one that the strategy inside would make; then it is given up,
// and who would have made the next step is known.
// Leaves out: set-up and the final checks, which no strategy decides.
#pragma once

#include <optional>

#include "fuzz/exec/strategy.h"
#include "fuzz/exec/trace.h"

namespace rw::schedule {

class Limited : public exec::Strategy {
 public:
  struct Next {
    unsigned task = 0;
    exec::Place where;
  };

  // `steps`: of the parallel part. `inner` must outlive this.
  Limited(exec::Strategy& inner, std::uint32_t steps) : inner_(inner), steps_(steps) {}

  // The step that was not made; empty if the run ended before.
  const std::optional<Next>& next() const { return next_; }

  bool follows_names() const override { return true; }
  void begin(unsigned task_count) override { inner_.begin(task_count); }
  unsigned pick(const exec::View& view) override;
  unsigned choose(const exec::View& view, unsigned task, unsigned n, const char* what,
                  const sync::site& where) override {
    return inner_.choose(view, task, n, what, where);
  }

 private:
  exec::Strategy& inner_;
  std::uint32_t steps_;
  std::optional<Next> next_;
};

}  // namespace rw::schedule
