#include "fuzz/engine/explore_guess.h"

#include "fuzz/schedule/probe.h"

namespace rw::engine {
namespace {

constexpr unsigned kProbes = 4'000;
constexpr std::size_t kEnoughSteps = 200'000;   // over all probes
constexpr std::size_t kMostCuts = 400'000'000;  // counted in all

}  // namespace

double guess_executions(exec::Workload& workload, const ExploreOptions& options) {
  schedule::Probe probe(1, options.preemptions);
  double sum = 0;
  std::size_t steps = 0;
  unsigned probes = 0;
  // The first one only tells how long an execution is.
  for (; probes <= kProbes && steps < kEnoughSteps && probe.cuts() < kMostCuts; ++probes) {
    if (options.stop && options.stop()) return 0;
    exec::run(workload, options.settings, &probe);
    const double count = probe.stands_for();
    if (count == 0) return 0;
    steps += probe.steps();
    if (probes > 0) sum += count;
  }
  return probes > 1 ? sum / (probes - 1) : 0;
}

}  // namespace rw::engine
