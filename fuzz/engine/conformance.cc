#include "fuzz/engine/conformance.h"

#include "fuzz/engine/explore.h"
#include "fuzz/schedule/strategies.h"

namespace rw::engine {
namespace {

struct RowWorkload : exec::Workload {
  explicit RowWorkload(const ConformanceRow& row) : program(conformance_program(row)) {}
  unsigned task_count() const override { return program->task_count(); }
  void setup() override { program->setup(); }
  void task(unsigned t) override { program->task(t); }
  void finish() override { program->finish(); }

  std::unique_ptr<ConformanceProgram> program;
};

void note(Conformance& c, const RowWorkload& workload, const exec::Result& result) {
  ++c.executions;
  if (!result.failure) {
    c.shown += workload.program->shown() ? 1 : 0;
  } else if (result.failure->kind == "data-race") {
    ++c.races;
  } else if (c.other_failure.empty()) {
    c.other_failure = result.failure->kind + ": " + result.failure->message;
  }
}

}  // namespace

bool Conformance::right(ModelVerdict verdict) const {
  if (!other_failure.empty()) return false;
  switch (verdict) {
    case ModelVerdict::forbidden:
      return shown == 0 && races == 0;
    case ModelVerdict::allowed:
      return shown > 0 && races == 0;
    case ModelVerdict::race:
      return races > 0;
  }
  return false;
}

Conformance check_row(const ConformanceRow& row, const ConformanceOptions& options) {
  RowWorkload workload(row);
  ExploreOptions explore_options;
  explore_options.settings.memory = options.memory;
  explore_options.settings.granularity = exec::Granularity::fine;
  explore_options.max_executions = options.max_executions;
  explore_options.stop = options.stop;
  Conformance c;
  const Exploration all = explore(workload, explore_options, [&](const exec::Result& result) {
    note(c, workload, result);
    return true;
  });
  c.complete = all.complete;
  if (c.complete) return c;

  // No samples of what the model has no executions of.
  if (options.memory == exec::Memory::weak_exact)
    explore_options.settings.memory = exec::Memory::weak;
  const auto strategies = schedule::strategies();
  for (std::uint64_t i = 0; i < options.samples; ++i) {
    if (options.stop && options.stop()) break;
    const auto strategy = strategies[i % strategies.size()].make({.seed = i});
    note(c, workload, exec::run(workload, explore_options.settings, strategy.get()));
  }
  return c;
}

}  // namespace rw::engine
