// racewalk fuzz: a campaign over all builds that are there (fuzz/engine/supervisor.h).
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <system_error>

#include "fuzz/cli/ci_outputs.h"
#include "fuzz/cli/cli.h"
#include "fuzz/cli/record_findings.h"
#include "fuzz/cli/rr_choice.h"
#include "fuzz/engine/ci_case.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/engine/made_folders.h"
#include "fuzz/engine/supervisor.h"
#include "fuzz/program/suggest.h"
#include "fuzz/program/text.h"
#include "fuzz/report/json.h"

namespace rw::cli {
namespace {

struct FuzzOptions {
  std::string target, design, memory, strategy = "auto", out, seeds;
  std::string rr = "off";
  double seconds = 60;
  std::uint64_t seed = 1;
  unsigned workers = 0;
  std::vector<std::string> jobs;
  CiOutputs ci;
  bool json = false;
};

const engine::JobKind* job_named(const std::string& name) {
  const engine::JobKind* job = engine::find_job(name);
  if (job == nullptr) {
    std::vector<std::string_view> names;
    for (const engine::JobKind& kind : engine::job_kinds()) names.emplace_back(kind.name);
    stop(engine::kExitUsage, fmt::format("unknown job {}: {}", program::in_quotes(name),
                                         program::instead(name, names, "jobs")));
  }
  if (!engine::can_run(*job))
    stop(engine::kExitUsage,
         fmt::format("job {} needs {}, which is not there: build it with ci/build", job->name,
                     engine::binary_of(*job)));
  return job;
}

std::vector<const engine::JobKind*> jobs_of(const FuzzOptions& o) {
  std::vector<const engine::JobKind*> jobs;
  for (const std::string& name : o.jobs) jobs.push_back(job_named(name));
  if (!jobs.empty()) return jobs;
  std::vector<std::string> missing;
  jobs = engine::default_jobs(missing);
  for (const std::string& binary : missing)
    complain(fmt::format("{} is not there: fuzzing without it (ci/build makes it)", binary));
  return jobs;
}

void print_result(const engine::Supervised& supervised, const std::string& out) {
  const report::FuzzResult& r = supervised.result;
  for (const report::FuzzJob& job : r.jobs) {
    fmt::print("{:14} {} executions, {} steps in {:.0f} s", job.name, job.executions, job.steps,
               job.seconds);
    const std::uint64_t overlapped = supervised.overlapped.at(job.name);
    if (overlapped != 0)
      fmt::print("; ops overlapped in {:.0f} % of them",
                 100.0 * static_cast<double>(overlapped) / static_cast<double>(job.executions));
    fmt::print("\n");
  }
  if (supervised.disagreements != 0)
    fmt::print("The race detectors disagree on {} inputs: see {}/work\n", supervised.disagreements,
               out);
  if (r.findings.empty()) {
    if (r.executions != 0) fmt::print("No failure in {} executions.\n", r.executions);
    return;
  }
  fmt::print("{} finding{} in {}:\n", r.findings.size(), r.findings.size() == 1 ? "" : "s", out);
  for (const report::Finding& finding : r.findings)
    fmt::print("  {} replay {}\n", called_as(), finding.file);
}

// The campaign itself is a case, so that a clean one is a test that passed, and one that was
// interrupted no test; each finding is another.
report::CiReport ci_report_of(const Target& target, const engine::Supervised& supervised) {
  const report::FuzzResult& r = supervised.result;
  report::CiReport ci = ci_report("fuzz", r.exit_status);
  report::Case campaign;
  campaign.target = &target;
  campaign.name = "campaign";
  campaign.seconds = r.seconds;
  campaign.why = fmt::format("{} executions, {} steps, seed {}", r.executions, r.steps, r.seed);
  if (!supervised.result.error.empty()) {
    campaign.outcome = report::Case::Outcome::failed;
    campaign.why = supervised.result.error;
  } else if (supervised.disagreements != 0) {
    campaign.outcome = report::Case::Outcome::failed;
    campaign.why =
        fmt::format("the race detectors disagree on {} inputs", supervised.disagreements);
  } else if (r.interrupted) {
    campaign.outcome = report::Case::Outcome::skipped;
    campaign.why = "interrupted after " + campaign.why;
  }
  ci.cases.push_back(std::move(campaign));
  for (const report::Finding& finding : r.findings) {
    const auto loaded = program::load(finding.file);
    report::Case c;
    if (loaded)
      c = engine::case_of_finding({loaded.value(), finding.file, called_as()}, finding.key);
    c.target = &target;
    c.name = finding.key;
    c.outcome = report::Case::Outcome::failed;
    if (!c.finding || c.finding->key != finding.key) c.finding = finding;
    c.why = c.finding->failure.message.empty() ? finding.key : c.finding->failure.message;
    ci.cases.push_back(std::move(c));
  }
  return ci;
}

// Mistakes are told here, not by a worker.
void check(const FuzzOptions& o) {
  check_rr(o.rr);
  if (!o.memory.empty() && memory_named(o.memory) == exec::Memory::weak_exact)
    stop(engine::kExitUsage,
         "weak-exact is for explorations: write --memory weak, and explore small programs");
  (void)strategy_named(o.strategy);
  std::error_code ignored;
  if (!o.seeds.empty() && !std::filesystem::is_directory(o.seeds, ignored))
    stop(engine::kExitUsage, fmt::format("--seeds {}: there is no such folder", o.seeds));
}

int fuzz(const FuzzOptions& o) {
  check(o);
  Target& target = target_named(o.target);
  const program::DesignValues design = design_of(target, o.design);
  program::Verdict verdict;
  if (o.design != kAnyRight) verdict = program::verdict(target, design);
  engine::SupervisorOptions options;
  options.target = &target;
  options.design = o.design;
  options.memory = o.memory;
  options.strategy = o.strategy;
  options.seconds = o.seconds;
  options.seed = o.seed;
  options.out = o.out.empty() ? fmt::format("findings/{}", target.name()) : o.out;
  options.seeds = o.seeds;
  options.jobs = jobs_of(o);
  engine::MadeFolders made;
  if (const engine::FileError error = made.make(options.out); !error.empty())
    stop(engine::kExitCannotWrite, error);
  check_ci(o.ci);  // a report may lie beside the findings
  options.workers = o.workers;
  options.progress = stderr;
  options.command = called_as();
  options.stop = engine::interrupted;
  if (!o.json) {
    fmt::print("target {}, seed {}, findings go to {}\n", target.name(), o.seed, options.out);
    if (!verdict.right()) fmt::print("this design is {}\n", program::verdict_text(verdict));
    std::fflush(stdout);
  }
  engine::catch_interrupts();
  engine::Supervised supervised = engine::supervise(options);
  if (o.ci.wanted())
    supervised.result.exit_status = write_ci(o.ci, ci_report_of(target, supervised), o.json);
  std::vector<std::string> recordings;
  if (o.rr != "off" && supervised.result.error.empty() && !engine::interrupted()) {
    recordings = record_findings(supervised.result.findings, o.rr);
    if (engine::interrupted()) supervised.result.exit_status = engine::kExitInterrupted;
  }
  if (o.json)
    fmt::print("{}", report::print(report::to_json(supervised.result)));
  else
    print_result(supervised, options.out);
  std::fflush(stdout);
  for (const std::string& line : recordings) complain(line);
  if (!supervised.result.error.empty()) complain(supervised.result.error);
  return supervised.result.exit_status;
}

}  // namespace

void add_fuzz(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand("fuzz", "look for failures until the time is over");
  auto o = std::make_shared<FuzzOptions>();
  c->add_option("--target", o->target, kTargetHelp);
  c->add_option(
      "--design", o->design,
      "axis=value,..., the name of a known-wrong rule, or right: for each program another "
      "right one; default: the target's design");
  c->add_option("--memory", o->memory,
                std::string(kMemoryHelp) + ", and for seeds what their files say");
  c->add_option("--strategy", o->strategy, strategy_help());
  c->add_option("--time", o->seconds, "seconds; 0: until interrupted (default 60)")
      ->check(zero_or_above());
  c->add_option("--seed", o->seed, "of all random choices (default 1)");
  c->add_option("--out", o->out,
                "folder for findings and corpus; findings in it count (default findings/<target>)");
  c->add_option("--seeds", o->seeds, "folder of .race programs to begin with");
  c->add_option("--jobs,--job", o->jobs,
                "asan-steered, tsan-steered, tsan-threads, plain-steered, plain-threads, "
                "cross-check; several with commas")
      ->delimiter(',');
  c->add_option("--workers", o->workers, "processes at a time (default: one per core)")
      ->check(CLI::Range(1, 256));
  add_ci_options(*c, o->ci);
  c->add_option("--rr", o->rr,
                "record what is found when the time is over, as racewalk record: auto, hw, soft, "
                "off (default), or the rr to use");
  c->add_flag("--json", o->json, "the result as JSON on standard output");
  c->callback([o, status] { *status = fuzz(*o); });
}

}  // namespace rw::cli
