#include "fuzz/engine/explore.h"

#include <algorithm>

#include "fuzz/sync/check.h"

namespace rw::engine {
namespace {

constexpr std::uint64_t kNowAndThen = 128;    // executions
constexpr std::uint64_t kManySteps = 40'000;  // or so many steps

using See = std::function<bool(const exec::Result&)>;

void load(schedule::Exhaustive& strategy, const std::string& search) {
  RW_CHECK(search.empty() || strategy.load(search), "a search that is none");
}

// The same execution again, for its trace and decisions.
exec::Result traced(exec::Workload& workload, const ExploreOptions& options,
                    schedule::Exhaustive& strategy) {
  exec::Settings settings = options.settings;
  settings.record_trace = true;
  return exec::run(workload, settings, &strategy);
}

// Whether tasks had steps left that the failure, or the memory model, kept them from.
bool cuts(const exec::Result& result) {
  if (result.impossible) return true;
  return result.failure && result.failure->kind != "deadlock" &&
         result.failure->kind != "lost-wakeup";
}

// Runs one execution and counts it. False: `see` has seen enough.
bool run_one(exec::Workload& workload, const ExploreOptions& options,
             schedule::Exhaustive& strategy, const See& see, Exploration& done,
             exec::Result& result) {
  result = exec::run(workload, options.settings, &strategy);
  done.steps += result.steps;
  done.held_back = strategy.held_back();
  done.limited = strategy.limited();
  if (result.given_up) {
    done.repeated += strategy.repeated() ? 1 : 0;
    return true;
  }
  if (result.impossible) {
    ++done.impossible;
    return true;
  }
  ++done.executions;
  done.cut_off += result.budget_spent ? 1 : 0;
  return see(result.failure ? traced(workload, options, strategy) : result);
}

}  // namespace

void Exploration::add(const Exploration& part) {
  executions += part.executions;
  repeated += part.repeated;
  impossible += part.impossible;
  cut_off += part.cut_off;
  steps += part.steps;
  held_back = held_back || part.held_back;
  limited = limited || part.limited;
}

Exploration explore(exec::Workload& workload, const ExploreOptions& options, const See& see) {
  Exploration done;
  schedule::Exhaustive strategy(options.preemptions);
  load(strategy, options.from);
  exec::Result result;
  std::uint64_t asked_at = 0;  // steps
  for (;;) {
    if (!run_one(workload, options, strategy, see, done, result)) {
      done.failed = true;
      done.rest = {strategy.saved()};
      return done;
    }
    const bool more = strategy.next(cuts(result));
    done.share_done = more ? strategy.share_done() : 1;
    done.open = more ? strategy.open_branches() : 0;
    done.complete = !more && done.cut_off == 0;
    if (!more) return done;
    const std::uint64_t all = done.executions + done.repeated + done.impossible;
    bool enough = options.max_executions != 0 && all >= options.max_executions;
    if (all % kNowAndThen == 0 || done.steps - asked_at >= kManySteps) {
      asked_at = done.steps;
      enough = enough || (options.stop && options.stop());
      if (options.progress) options.progress(done);
      if (!enough && options.save_now && options.save_now()) {
        Exploration so_far = done;
        so_far.rest = {strategy.saved()};
        options.save(so_far);
      }
    }
    if (enough) {
      done.rest = {strategy.saved()};
      return done;
    }
  }
}

Exploration split(exec::Workload& workload, const ExploreOptions& options, std::size_t parts,
                  const See& see) {
  for (std::size_t depth = 1;; ++depth) {
    Exploration done;
    schedule::Exhaustive strategy(options.preemptions);
    load(strategy, options.from);
    strategy.split_at(depth);
    exec::Result result;
    do {
      if (!run_one(workload, options, strategy, see, done, result)) {
        done.failed = true;
        done.rest = {strategy.saved()};
        return done;
      }
      if (strategy.at_border()) done.rest.push_back(strategy.saved());
    } while (strategy.next(cuts(result)));
    done.complete = done.rest.empty() && done.cut_off == 0;
    done.parts = std::max<std::size_t>(done.rest.size(), 1);
    done.open = done.rest.size();
    if (done.rest.empty() || done.rest.size() >= parts || (options.stop && options.stop()))
      return done;
  }
}

exec::Result first_of(exec::Workload& workload, const ExploreOptions& options,
                      const std::string& search) {
  schedule::Exhaustive strategy(options.preemptions);
  load(strategy, search);
  return traced(workload, options, strategy);
}

}  // namespace rw::engine
