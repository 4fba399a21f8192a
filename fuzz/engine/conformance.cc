#include "fuzz/engine/conformance.h"

#include "fuzz/engine/explore.h"
#include "fuzz/program/prng.h"
#include "fuzz/program/random_parts.h"
#include "fuzz/schedule/make.h"
#include "fuzz/schedule/profile.h"

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
  if (result.given_up || result.impossible) return;
  ++c.executions;
  const bool raced = result.failure && result.failure->kind == "data-race";
  const bool shown = !result.failure && workload.program->shown();
  c.races += raced ? 1 : 0;
  c.shown += shown ? 1 : 0;
  if ((raced || shown) && c.first_shown == 0) c.first_shown = c.executions;
  if (result.failure && !raced && c.other_failure.empty())
    c.other_failure = result.failure->kind + ": " + result.failure->message;
}

exec::Settings settings_of(const ConformanceOptions& options) {
  exec::Settings settings;
  settings.memory = options.memory;
  settings.granularity = exec::Granularity::fine;
  return settings;
}

// One schedule as a campaign draws it. One that needs to know what the tasks share looks first.
void sample(RowWorkload& workload, const exec::Settings& settings, program::Prng& prng,
            Conformance& c) {
  const program::Schedule drawn = program::random_schedule(prng);
  schedule::Profile profile;
  if (schedule::strategies()[drawn.strategy].input == schedule::Input::profile) {
    const auto pos = schedule::make_pos({.seed = drawn.seed});
    schedule::Profiler profiler(*pos);
    note(c, workload, exec::run(workload, settings, &profiler));
    profile = profiler.profile();
  }
  const auto strategy = program::strategy_of(drawn, &profile);
  note(c, workload, exec::run(workload, settings, strategy.get()));
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
    case ModelVerdict::unknown:
      return true;
  }
  return false;
}

Conformance check_row(const ConformanceRow& row, const ConformanceOptions& options) {
  RowWorkload workload(row);
  ExploreOptions explore_options;
  explore_options.settings = settings_of(options);
  explore_options.max_executions = options.max_executions;
  explore_options.stop = options.stop;
  Conformance c;
  const Exploration all = explore(workload, explore_options, [&](const exec::Result& result) {
    note(c, workload, result);
    return true;
  });
  c.complete = all.complete;
  if (c.complete) return c;

  program::Prng prng(options.seed);
  for (std::uint64_t i = 0; i < options.samples; ++i) {
    if (options.stop && options.stop()) break;
    sample(workload, explore_options.settings, prng, c);
  }
  return c;
}

Conformance sample_row(const ConformanceRow& row, const ConformanceOptions& options) {
  RowWorkload workload(row);
  const exec::Settings settings = settings_of(options);
  program::Prng prng(options.seed);
  Conformance c;
  for (std::uint64_t i = 0; i < options.samples && c.executions < options.samples; ++i) {
    if (options.stop && options.stop()) break;
    sample(workload, settings, prng, c);
    if (c.first_shown != 0 && row.verdict != ModelVerdict::forbidden) break;
  }
  return c;
}

}  // namespace rw::engine
