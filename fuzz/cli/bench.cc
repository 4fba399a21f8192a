// racewalk bench: the fuzzer itself, measured.
//   hunts       how many of some known-wrong rules campaigns on a design with all of them find
//   capture     how many failures on threads become deterministic (bench_capture.cc)
//   strategies  how often each strategy makes stored programs fail (bench_strategies.cc)
//   classics    schedules to the first failure of the literature's programs (bench_classics.cc)
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "fuzz/cli/bench_capture.h"
#include "fuzz/cli/bench_classics.h"
#include "fuzz/cli/bench_strategies.h"
#include "fuzz/cli/cli.h"
#include "fuzz/engine/hunt_together.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/report/json.h"

namespace rw::cli {
namespace {

struct Hunts {
  std::string target, strategy = "auto";
  std::vector<std::string> names;
  std::uint64_t seed = 1;
  std::uint64_t seeds = 4;
  std::uint64_t executions = 150'000;
  bool json = false;
};

struct HuntsRow {
  const Rule* rule;
  std::vector<std::uint64_t> found;  // executions to the first, of the seeds that found it
  double log = 0;                    // sum over the seeds
};

std::vector<const Rule*> rules_named(const Target& target, const std::vector<std::string>& names) {
  std::vector<const Rule*> rules;
  for (const std::string& name : names) {
    const auto rule = program::find_known_wrong(target, name);
    if (!rule) stop(engine::kExitUsage, rule.error().text());
    rules.push_back(rule.value());
  }
  const auto design = engine::joint_design(target, rules);
  if (!design) stop(engine::kExitUsage, design.error().text());
  return rules;
}

// log2 of thousands of executions to the first; twice the limit where there was none.
double log_of(const std::optional<std::uint64_t>& first, std::uint64_t limit) {
  const double executions = first ? static_cast<double>(*first) : 2.0 * static_cast<double>(limit);
  return std::log2(std::max(executions / 1000, 1.0));
}

void print(const std::vector<HuntsRow>& rows, std::uint64_t seeds) {
  for (const HuntsRow& row : rows) {
    fmt::print("{:36} {:>2} of {:<2}", row.rule->name, row.found.size(), seeds);
    if (!row.found.empty())
      fmt::print("  {:>9} to {} executions", *std::min_element(row.found.begin(), row.found.end()),
                 *std::max_element(row.found.begin(), row.found.end()));
    fmt::print("\n");
  }
}

report::Json json_of(const std::vector<HuntsRow>& rows) {
  report::Json json = report::Json::array();
  for (const HuntsRow& row : rows)
    json.push_back({{"name", row.rule->name}, {"executions_to_first", row.found}});
  return json;
}

int hunts(const Hunts& o) {
  Target& target = target_named(o.target);
  engine::TogetherOptions options;
  options.target = &target;
  options.rules = rules_named(target, o.names);
  options.executions = o.executions;
  options.strategy = strategy_named(o.strategy);
  options.stop = engine::interrupted;
  std::vector<HuntsRow> rows;
  for (const Rule* rule : options.rules) rows.push_back({rule, {}, 0});

  engine::catch_interrupts();
  engine::Together all;
  std::uint64_t done = 0;
  while (done < o.seeds) {
    options.seed = o.seed + done;
    const engine::Together one = engine::hunt_together(options);
    if (engine::interrupted()) break;  // this one is not whole
    ++done;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (one.first[r]) rows[r].found.push_back(*one.first[r]);
      rows[r].log += log_of(one.first[r], o.executions);
    }
    all.executions += one.executions;
    all.steps += one.steps;
    all.seconds += one.seconds;
    all.unexplained += one.unexplained;
    complain(fmt::format("{} of {} campaigns: {:.0f} s", done, o.seeds, one.seconds));
  }
  if (done == 0) stop(engine::kExitInterrupted, "interrupted in the first campaign: no result");

  std::size_t cells = 0;
  double log = 0;
  for (const HuntsRow& row : rows) {
    cells += row.found.size();
    log += row.log / static_cast<double>(rows.size() * done);
  }
  const int status = done == o.seeds ? engine::kExitNothing : engine::kExitInterrupted;
  if (o.json) {
    report::Json json = report::document("bench-hunts");
    json["target"] = target.name();
    json["limit_executions"] = o.executions;
    json["seed"] = o.seed;
    json["seeds"] = done;
    json["entries"] = json_of(rows);
    json["found"] = cells;
    json["mean_log2_thousands"] = log;
    json["executions"] = all.executions;
    json["steps"] = all.steps;
    json["seconds"] = all.seconds;
    json["unexplained"] = all.unexplained;
    fmt::print("{}", report::print(json, status));
  } else {
    print(rows, done);
    fmt::print(
        "found {} of {}, mean log2 of thousands of executions {:.2f}; {:.0f} s, {:.0f} "
        "executions/s, {:.0f} steps each; {} findings that no rule shows alone\n",
        cells, rows.size() * done, log, all.seconds,
        static_cast<double>(all.executions) / all.seconds,
        static_cast<double>(all.steps) / static_cast<double>(all.executions), all.unexplained);
  }
  return status;
}

}  // namespace

void add_bench(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand("bench", "measure racewalk itself");
  c->require_subcommand(1);
  auto o = std::make_shared<Hunts>();
  CLI::App* h = c->add_subcommand(
      "hunts", "how many known-wrong rules campaigns on one design with all of them find");
  h->add_option("--target", o->target, kTargetHelp);
  h->add_option("--rules", o->names, "names or catalogue numbers, with commas")
      ->required()
      ->delimiter(',');
  h->add_option("--strategy", o->strategy, strategy_help());
  h->add_option("--seed", o->seed, "of the first campaign (default 1)");
  h->add_option("--seeds", o->seeds, "campaigns, each with the next seed (default 4)")
      ->check(CLI::Range(1, 1000));
  h->add_option("--executions", o->executions, "of each campaign (default 150000)")
      ->check(above_zero());
  h->add_flag("--json", o->json, "the result as JSON");
  h->callback([o, status] { *status = hunts(*o); });
  add_bench_strategies(*c, status);
  add_bench_classics(*c, status);
  add_bench_capture(*c, status);
}

}  // namespace rw::cli
