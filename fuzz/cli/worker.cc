// racewalk worker: one slice of a campaign in a process of its own. Started by `fuzz` and `bugs`.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "fuzz/cli/cli.h"
#include "fuzz/engine/campaign.h"
#include "fuzz/engine/cross_check.h"
#include "fuzz/engine/files.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/program/text.h"
#include "fuzz/verdict/last_words.h"

namespace rw::cli {
namespace {

struct WorkerOptions {
  std::string target, design, memory, strategy = "auto", out, seeds, state, corpus;
  std::string command = "racewalk";
  std::string mode = "steered";
  double seconds = 0;
  std::uint64_t seed = 1;
  std::uint64_t max_executions = 0;
  std::vector<std::string> until;  // failure kinds
  bool json = false;               // every subcommand takes it; this one has nothing to print
  bool cross_check = false;
};

int run_cross_check(const WorkerOptions& o, Target& target, engine::SharedState* shared) {
  if (!engine::ready_for_cross_check(main_arguments()))
    stop(engine::kExitUsage, "the cross-check needs the ThreadSanitizer build");
  engine::CrossCheckOptions options;
  options.targets = {&target};
  options.seed = o.seed;
  options.seconds = o.seconds;
  options.shared = shared;
  options.stop = engine::interrupted;
  options.disagreed = [&](const engine::Disagreement& d) {
    const std::string path =
        fmt::format("{}/work/disagreement-{}", o.out, engine::corpus_name(d.program));
    write_or_stop(path, program::print(d.program));
    fmt::print("cross-check: own detector {} races, ThreadSanitizer {} reports: {}\n", d.own,
               d.tsan, path);
  };
  (void)engine::cross_check(options);
  return engine::kExitNothing;
}

int worker(const WorkerOptions& o) {
  Target& target = target_named(o.target);
  verdict::set_stack_as_last_words();
  if (o.state.empty())
    engine::catch_interrupts();
  else
    engine::catch_only_sigterm();
  engine::FileError error;
  std::unique_ptr<engine::SharedState> shared;
  if (!o.state.empty()) {
    shared = engine::SharedState::open(o.state, error);
    if (shared == nullptr) stop(engine::kExitCannotWrite, error);
  }
  if (o.cross_check) return run_cross_check(o, target, shared.get());

  engine::CampaignOptions options;
  options.target = &target;
  options.design = design_of(target, o.design);
  if (!o.memory.empty()) options.memory = memory_named(o.memory);
  options.strategy = strategy_named(o.strategy);
  options.mode = o.mode == "threads" ? exec::Mode::threads : exec::Mode::steered;
  options.seed = o.seed;
  options.seconds = o.seconds;
  options.max_executions = o.max_executions;
  options.corpus = o.corpus;
  options.seeds = o.seeds;
  options.out = o.out;
  options.command = o.command;
  options.shared = shared.get();
  options.stop = engine::interrupted;
  options.complain = [](const std::string& line) { fmt::print("{}\n", line); };
  options.enough = [&o](const engine::Finding& finding) {
    return std::find(o.until.begin(), o.until.end(), finding.found.failure.kind) != o.until.end();
  };
  engine::Campaign campaign(std::move(options));
  error = campaign.run();
  if (error.empty()) return engine::kExitNothing;
  if (shared != nullptr) shared->set_error(error);
  stop(engine::kExitCannotWrite, error);
}

}  // namespace

void add_worker(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand("worker", "one process of a campaign (used by racewalk itself)");
  c->group("");
  auto o = std::make_shared<WorkerOptions>();
  c->add_option("--target", o->target, kTargetHelp);
  c->add_option("--design", o->design, "as for fuzz");
  c->add_option("--memory", o->memory, kMemoryHelp);
  c->add_option("--strategy", o->strategy, strategy_help());
  c->add_option("--mode", o->mode, "steered or threads")
      ->check(CLI::IsMember({"steered", "threads"}));
  c->add_option("--time", o->seconds, "seconds; 0: no bound");
  c->add_option("--executions", o->max_executions, "0: no bound");
  c->add_option("--seed", o->seed, "of all random choices");
  c->add_option("--out", o->out, "folder for findings")->required();
  c->add_option("--corpus", o->corpus, "folder; default: in memory");
  c->add_option("--seeds", o->seeds, "folder of programs to begin with");
  c->add_option("--command", o->command, "how the lines to paste call racewalk");
  c->add_option("--state", o->state, "file shared with the supervisor");
  c->add_option("--until", o->until, "end after a failure of one of these kinds")->delimiter(',');
  c->add_flag("--cross-check", o->cross_check, "compare the race detectors instead of fuzzing");
  c->add_flag("--json", o->json, "no effect: the supervisor reads the state file");
  c->callback([o, status] { *status = worker(*o); });
}

}  // namespace rw::cli
