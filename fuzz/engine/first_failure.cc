#include "fuzz/engine/first_failure.h"

#include "fuzz/engine/forecast.h"
#include "fuzz/engine/run.h"
#include "fuzz/program/prng.h"
#include "fuzz/program/random_parts.h"
#include "fuzz/program/workload.h"
#include "fuzz/schedule/make.h"
#include "fuzz/schedule/profile.h"
#include "fuzz/sync/check.h"

namespace rw::engine {
namespace {

exec::Settings settings_of(const program::Program& p) {
  exec::Settings settings;
  settings.granularity = p.granularity;
  settings.memory = p.memory;
  return settings;
}

class Search {
 public:
  Search(const program::Program& p, std::uint8_t strategy, std::uint64_t seed)
      : program_(p),
        workload_(program_),
        settings_(settings_of(p)),
        info_(schedule::strategies()[strategy]),
        prng_(seed) {
    program_.schedule = {};
    program_.schedule.strategy = strategy;
  }

  // The run that only makes the profile; it may fail as well as any.
  void make_profile() {
    const auto pos = schedule::make_pos({.seed = prng_.next()});
    schedule::Profiler profiler(*pos);
    note(exec::run(workload_, settings_, &profiler));
    profile_ = profiler.profile();
  }

  void run_once() {
    program_.schedule.seed = prng_.next();
    if (info_.uses_stream()) program_.schedule.stream = program::random_stream(prng_);
    note(exec::run(workload_, settings_, program::strategy_of(program_.schedule, &profile_).get()));
  }

  bool needs_profile() const { return info_.input == schedule::Input::profile; }
  const FirstFailure& so_far() const { return found_; }

 private:
  void note(const exec::Result& result) {
    ++found_.executions;
    found_.steps += result.steps;
    if (result.failure) found_.kind = result.failure->kind;
    StepForecast::note(program_, result);
  }

  program::Program program_;
  program::ProgramWorkload workload_;
  exec::Settings settings_;
  const schedule::StrategyInfo& info_;
  program::Prng prng_;
  schedule::Profile profile_;
  FirstFailure found_;
};

}  // namespace

FirstFailure first_failure(const program::Program& p, std::uint8_t strategy, std::uint64_t seed,
                           std::uint64_t limit, const std::function<bool()>& stop) {
  RW_CHECK(strategy < schedule::strategies().size(), "there is no strategy of that index");
  Search search(p, strategy, seed);
  if (search.needs_profile() && limit > 0) search.make_profile();
  while (search.so_far().kind.empty() && search.so_far().executions < limit) {
    if (stop && stop()) break;
    search.run_once();
  }
  return search.so_far();
}

}  // namespace rw::engine
