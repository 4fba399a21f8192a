// racewalk crosscheck: our race detector against ThreadSanitizer, over random inputs of all
// targets.
#include <fmt/format.h>

#include <memory>

#include "fuzz/cli/cli.h"
#include "fuzz/engine/cross_check.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/program/text.h"
#include "fuzz/report/json.h"

namespace rw::cli {
namespace {

struct CrosscheckOptions {
  std::string target, memory = "sc";
  std::uint64_t runs = 10'000;
  std::uint64_t seed = 1;
  bool json = false;
};

engine::CrossCheck check(const CrosscheckOptions& o, report::Json& disagreements) {
  engine::CrossCheckOptions options;
  if (o.target.empty())
    for (Target* target : all_targets()) options.targets.push_back(target);
  else
    options.targets.push_back(&target_named(o.target));
  options.memory = memory_named(o.memory);
  options.seed = o.seed;
  options.max_executions = o.runs;
  options.stop = engine::interrupted;
  options.disagreed = [&](const engine::Disagreement& d) {
    const std::string text = program::print(d.program);
    disagreements.push_back({{"own", d.own}, {"tsan", d.tsan}, {"program", text}});
    if (!o.json)
      fmt::print("own detector: {} races, ThreadSanitizer: {} reports\n{}\n", d.own, d.tsan, text);
  };
  return engine::cross_check(options);
}

int crosscheck(const CrosscheckOptions& o) {
  if (!engine::ready_for_cross_check(main_arguments()))
    stop(engine::kExitUsage, "the cross-check needs the ThreadSanitizer build: racewalk-tsan");
  engine::catch_interrupts();
  report::Json disagreements = report::Json::array();
  const engine::CrossCheck result = check(o, disagreements);
  const int status = engine::interrupted()                     ? engine::kExitInterrupted
                     : result.only_own + result.only_tsan == 0 ? engine::kExitNothing
                                                               : engine::kExitFound;
  if (o.json) {
    report::Json json = report::document("crosscheck");
    json["executions"] = result.executions;
    json["own"] = result.own;
    json["tsan"] = result.tsan;
    json["again"] = result.again;
    json["only_own"] = result.only_own;
    json["only_tsan"] = result.only_tsan;
    json["disagreements"] = disagreements;
    fmt::print("{}", report::print(json, status));
  } else {
    fmt::print(
        "{} executions: {} with a race of ours, {} with a report of ThreadSanitizer ({} of them "
        "not at the first attempt), {} only ours, {} only ThreadSanitizer's\n",
        result.executions, result.own, result.tsan, result.again, result.only_own,
        result.only_tsan);
  }
  return status;
}

}  // namespace

void add_crosscheck(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand("crosscheck", "compare the race detectors (racewalk-tsan only)");
  c->group("");
  auto o = std::make_shared<CrosscheckOptions>();
  c->add_option("--target", o->target, "one target; default: all in turn");
  c->add_option("--memory", o->memory, "sc, weak or lkmm; default sc");
  c->add_option("--runs", o->runs, "inputs (default 10000)");
  c->add_option("--seed", o->seed, "of the inputs (default 1)");
  c->add_flag("--json", o->json, "as JSON");
  c->callback([o, status] { *status = crosscheck(*o); });
}

}  // namespace rw::cli
