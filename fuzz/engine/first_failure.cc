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
  Search(const program::Program& p, std::optional<unsigned> strategy, std::uint64_t seed)
      : program_(p),
        workload_(program_),
        settings_(settings_of(p)),
        weights_(schedule::strategies().size()),
        prng_(seed) {
    program_.schedule = {};
    for (unsigned s = 0; s < weights_.size(); ++s)
      weights_[s] = strategy ? (s == *strategy ? 1 : 0) : schedule::strategies()[s].weight;
  }

  // One execution: a schedule, or the profile that the drawn strategy needs first.
  void run_once() {
    std::vector<std::uint16_t> steps = std::move(program_.schedule.steps);
    program_.schedule = program::random_schedule(prng_, weights_);
    program_.schedule.steps = std::move(steps);
    const auto& info = schedule::strategies()[program_.schedule.strategy];
    if (info.input == schedule::Input::profile && !profile_) return make_profile();
    const schedule::Profile* profile = profile_ ? &*profile_ : nullptr;
    note(exec::run(workload_, settings_, program::strategy_of(program_.schedule, profile).get()));
  }

  const FirstFailure& so_far() const { return found_; }

 private:
  // The run that only makes the profile; it may fail as well as any.
  void make_profile() {
    const auto delay = schedule::make_delay5({.seed = prng_.next()});
    schedule::Profiler profiler(*delay);
    note(exec::run(workload_, settings_, &profiler));
    profile_ = profiler.profile();
  }

  void note(const exec::Result& result) {
    ++found_.executions;
    found_.steps += result.steps;
    if (result.failure) found_.kind = result.failure->kind;
    StepForecast::note(program_, result);
  }

  program::Program program_;
  program::ProgramWorkload workload_;
  exec::Settings settings_;
  std::vector<std::uint32_t> weights_;  // of the strategies
  program::Prng prng_;
  std::optional<schedule::Profile> profile_;
  FirstFailure found_;
};

}  // namespace

FirstFailure first_failure(const program::Program& p, std::optional<unsigned> strategy,
                           std::uint64_t seed, std::uint64_t limit,
                           const std::function<bool()>& stop) {
  RW_CHECK(!strategy || *strategy < schedule::strategies().size(),
           "there is no strategy of that index");
  Search search(p, strategy, seed);
  while (search.so_far().kind.empty() && search.so_far().executions < limit) {
    if (stop && stop()) break;
    search.run_once();
  }
  return search.so_far();
}

}  // namespace rw::engine
