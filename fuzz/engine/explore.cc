#include "fuzz/engine/explore.h"

namespace rw::engine {
namespace {

constexpr std::uint64_t kNowAndThen = 1024;  // executions

// The same execution again, for its trace and decisions.
exec::Result traced(exec::Workload& workload, const ExploreOptions& options,
                    schedule::Exhaustive& strategy) {
  exec::Settings settings = options.settings;
  settings.record_trace = true;
  return exec::run(workload, settings, &strategy);
}

}  // namespace

Exploration explore(exec::Workload& workload, const ExploreOptions& options,
                    const std::function<bool(const exec::Result&)>& see) {
  Exploration done;
  schedule::Exhaustive strategy(options.preemptions);
  for (;;) {
    const exec::Result result = exec::run(workload, options.settings, &strategy);
    done.steps += result.steps;
    const bool ended = !result.given_up && !result.impossible;
    done.executions += ended ? 1 : 0;
    done.repeated += result.given_up ? 1 : 0;
    done.impossible += result.impossible ? 1 : 0;
    done.cut_off += ended && result.budget_spent ? 1 : 0;
    if (ended && !see(result.failure ? traced(workload, options, strategy) : result)) break;
    const bool more = strategy.next();
    done.share_done = more ? strategy.share_done() : 1;
    done.complete = !more && done.cut_off == 0;
    if (!more) break;
    const std::uint64_t all = done.executions + done.repeated + done.impossible;
    if (options.max_executions != 0 && all >= options.max_executions) break;
    if (all % kNowAndThen != 0) continue;
    if (options.stop && options.stop()) break;
    if (options.progress) options.progress(done);
  }
  return done;
}

}  // namespace rw::engine
