#include "fuzz/engine/first_failure.h"

#include "fuzz/engine/forecast.h"
#include "fuzz/engine/run.h"
#include "fuzz/program/prng.h"
#include "fuzz/program/random_parts.h"
#include "fuzz/program/workload.h"
#include "fuzz/schedule/opening.h"
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

constexpr unsigned kFirstDepartures = 16;  // by `auto`, before it draws strategies

unsigned index_of(std::string_view name) {
  const auto strategies = schedule::strategies();
  unsigned s = 0;
  while (s < strategies.size() && strategies[s].name != name) ++s;
  RW_CHECK(s < strategies.size(), "there is no strategy of that name");
  return s;
}

// How many departures come before strategies are drawn.
std::uint64_t departures_of(std::optional<unsigned> strategy) {
  if (!strategy) return kFirstDepartures;
  return *strategy == index_of("reversals") ? ~std::uint64_t{0} : 0;
}

class Search {
 public:
  Search(const program::Program& p, std::optional<unsigned> strategy, std::uint64_t seed)
      : program_(p),
        workload_(program_),
        settings_(settings_of(p)),
        weights_(schedule::strategies().size()),
        departures_(departures_of(strategy)),
        prng_(seed) {
    program_.schedule = {};
    for (unsigned s = 0; s < weights_.size(); ++s)
      weights_[s] = strategy ? (s == *strategy ? 1 : 0) : schedule::strategies()[s].weight;
  }

  // One execution: a schedule, or the profile that the drawn strategy needs first.
  void run_once() {
    std::vector<std::uint16_t> steps = std::move(program_.schedule.steps);
    program_.schedule = next_schedule();
    program_.schedule.steps = std::move(steps);
    const auto& info = schedule::strategies()[program_.schedule.strategy];
    if (info.input == schedule::Input::profile && !profile_) return make_profile();
    const schedule::Profile* profile = profile_ ? &*profile_ : nullptr;
    note(exec::run(workload_, settings_, program::strategy_of(program_.schedule, profile).get()));
  }

  const FirstFailure& so_far() const { return found_; }

 private:
  // The departures from the opening are numbered by their seeds (reversals.cc).
  program::Schedule next_schedule() {
    program::Schedule drawn = program::random_schedule(prng_, weights_);
    if (departed_ == departures_) return drawn;
    drawn = {};
    drawn.strategy = static_cast<std::uint8_t>(index_of("reversals"));
    if (profile_) drawn.seed = opening_ * schedule::kDepartures + departed_++;
    return drawn;
  }

  // The run that only makes the profile; it may fail as well as any.
  void make_profile() {
    opening_ = prng_.next() / schedule::kDepartures;
    const auto opening = schedule::make_opening(opening_);
    schedule::Profiler profiler(*opening);
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
  std::uint64_t departures_;
  std::uint64_t departed_ = 0;
  std::uint64_t opening_ = 0;  // its seed
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
