// racewalk replay: a saved failure once more, or a thousand times.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <set>

#include "fuzz/cli/ci_outputs.h"
#include "fuzz/cli/cli.h"
#include "fuzz/engine/campaign.h"
#include "fuzz/engine/clock.h"
#include "fuzz/engine/death.h"
#include "fuzz/engine/dying.h"
#include "fuzz/engine/files.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/engine/on_threads.h"
#include "fuzz/engine/run.h"
#include "fuzz/engine/symbolize.h"
#include "fuzz/engine/worker_process.h"
#include "fuzz/program/design.h"
#include "fuzz/program/text.h"
#include "fuzz/report/json.h"
#include "fuzz/report/summary.h"
#include "fuzz/verdict/key.h"
#include "fuzz/verdict/last_words.h"
#include "fuzz/verdict/sanitizer.h"

namespace rw::cli {
namespace {

struct ReplayOptions {
  std::string file, target;
  std::string mode = "steered";
  std::uint64_t times = 1;
  bool in_process = false;
  CiOutputs ci;
  bool json = false;
};

// What the file asks for, beside what came.
struct Expectation {
  std::string kind, key;

  bool failure() const { return !kind.empty() && kind != "none"; }
  bool met_by(const std::optional<exec::Failure>& outcome) const {
    if (!outcome) return !failure();
    if (!failure() || outcome->kind != kind) return false;
    return key.empty() || verdict::key_of(*outcome) == key;
  }
};

constexpr const char* kNotFollowed = "The schedule could not be followed: ";

int status_of(const report::ReplayResult& r, const Expectation& expected, bool threads) {
  // On threads a race comes now and then: once is enough, unless something else came too.
  const bool met = threads && expected.failure() ? r.as_expected > 0 && r.failed == r.as_expected
                                                 : r.as_expected == r.times;
  if (met) return engine::kExitNothing;
  if (!expected.failure()) return engine::kExitFound;
  return r.divergence.empty() ? engine::kExitOther : engine::kExitDiverged;
}

std::string outcome_text(const report::ReplayResult& r, const Expectation& expected) {
  std::string text = fmt::format("{} of {} runs failed", r.failed, r.times);
  if (expected.failure())
    text +=
        fmt::format("; expected {}: {} of {}", expected.key.empty() ? expected.kind : expected.key,
                    r.as_expected, r.times);
  // Nobody has counted those of a run in another process.
  if (r.steps != 0) text += fmt::format("; {} steps, {} switches", r.steps, r.switches);
  if (r.steps != 0 && r.mode == "steered") text += fmt::format(", trace {:016x}", r.trace_hash);
  // A livelock's list ends long before the run does.
  const bool as_listed = expected.failure() && r.as_expected == r.times;
  if (!as_listed && !r.divergence.empty()) text += std::string("\n") + kNotFollowed + r.divergence;
  return text + "\n";
}

void take_failure(report::ReplayResult& r, const program::Program& p, const exec::Failure& failure,
                  const exec::Trace& trace) {
  engine::Finding finding;
  finding.found = engine::found_without_replay(p, failure);
  finding.found.program = p;  // with the file's comments, and what it expects
  finding.found.trace = trace;
  finding.file = r.file;
  r.finding.emplace();
  r.finding->failure = failure;
  r.finding->key = finding.found.key;
  r.finding->file = r.file;
  r.finding->program = program::print(p);
  r.finding->summary = engine::summary_of(finding, called_as(), width_wanted(), color_wanted());
}

// What ends the process is not what the file expects: that would be in a child.
void expect_to_live(const ReplayOptions& o, const Expectation& expected) {
  const int status = expected.failure() ? engine::kExitOther : engine::kExitFound;
  verdict::set_death(status, expected.failure()
                                 ? "racewalk: the file expects another failure than the report "
                                   "above\n"
                                 : "racewalk: the report above ended the replay\n");
  verdict::set_last_words(
      [&](int signal) {
        return fmt::format(
            "racewalk: {} ended the replay of {}{}. '{} show {}' shows what led there.\n",
            ::strsignal(signal), o.file,
            expected.failure() ? ", which expects another failure" : "", called_as(), o.file);
      },
      status);
}

void replay_here(const ReplayOptions& o, const program::Program& p, const Expectation& expected,
                 report::ReplayResult& r, exec::Trace& trace) {
  const bool threads = o.mode == "threads";
  if (o.in_process)
    verdict::set_stack_as_last_words();
  else
    expect_to_live(o, expected);
  const engine::RunOptions options{.mode = threads ? exec::Mode::threads : exec::Mode::steered};
  std::set<std::uint64_t> traces;
  for (r.times = 0; r.times < o.times && !engine::interrupted(); r.times++) {
    std::optional<schedule::Divergence> divergence;
    // The file's delays make the threads meet as they did, if they do; others elsewhere.
    const bool other_delays = threads && r.times % 2 != 0;
    const exec::Result result =
        engine::run(other_delays ? engine::with_delays(p, r.times) : p, options, &divergence);
    traces.insert(result.trace_hash);
    if (r.times == 0) {
      r.steps = result.steps;
      r.switches = result.switches;
      r.trace_hash = threads ? 0 : result.trace_hash;
    }
    if (divergence && r.divergence.empty())
      r.divergence = engine::in_words(*divergence, engine::run(p, {.record_trace = true}).trace);
    r.as_expected += expected.met_by(result.failure) ? 1 : 0;
    if (!result.failure) continue;
    if (r.failed++ != 0) continue;
    if (!threads) trace = engine::run(p, {.record_trace = true}).trace;
    take_failure(r, p, *result.failure, trace);
  }
  r.different_traces = threads ? 0 : traces.size();
}

// Whether a replay has come to its end, and something else than what the file expects has come of
// it. (1 is AddressSanitizer's.)
bool ended_by_itself(int wait_status) {
  if (!WIFEXITED(wait_status)) return false;
  const int status = WEXITSTATUS(wait_status);
  return status == engine::kExitOther || status == engine::kExitDiverged ||
         status == engine::kExitUsage || status == engine::kExitInterrupted;
}

// The failure is the death of the process, so another one dies it.
void replay_in_child(const ReplayOptions& o, const program::Program& p, const Expectation& expected,
                     report::ReplayResult& r) {
  const std::string log = fmt::format("{}/racewalk-{}.log",
                                      std::filesystem::temp_directory_path().string(), ::getpid());
  engine::FileError error;
  auto child = engine::WorkerProcess::start(
      {engine::own_program(), "replay", "--in-process", "--mode", o.mode, "--times",
       fmt::format("{}", o.times), "--target", p.target->name(), "--", o.file},
      log, error);
  if (!child) stop(engine::kExitCannotWrite, error);
  std::optional<int> status;
  while (!engine::interrupted() && !(status = child->wait(0.1))) {
  }
  const std::string said = engine::symbolized(engine::read_whole(log, error).value_or(""));
  ::unlink(log.c_str());
  r.times = 1;
  if (!status) return;
  std::optional<exec::Failure> failure;
  if (!ended_by_itself(*status))
    failure = engine::failure_of(engine::classify(*status, said, false));
  r.as_expected = expected.met_by(failure) ? 1 : 0;
  if (!failure) {
    std::fputs(said.c_str(), stderr);
    if (const std::size_t at = said.find(kNotFollowed); at != std::string::npos) {
      const std::size_t from = at + std::string_view(kNotFollowed).size();
      r.divergence = said.substr(from, said.find('\n', from) - from);
    }
    return;
  }
  r.failed = 1;
  take_failure(r, p, *failure, {});
  if (!o.json) fmt::print("{}", said);
}

// The file as a case of its target: passed if it ended as it says.
report::CiReport ci_report_of(const report::ReplayResult& r, const program::Program& p,
                              const exec::Trace& trace, const std::string& outcome,
                              double seconds) {
  report::CiReport ci = ci_report("replay", r.exit_status);
  report::Case c;
  c.target = p.target;
  c.name = r.file;
  c.outcome = r.exit_status == engine::kExitNothing       ? report::Case::Outcome::passed
              : r.exit_status == engine::kExitInterrupted ? report::Case::Outcome::skipped
                                                          : report::Case::Outcome::failed;
  c.why = outcome.substr(0, outcome.find_last_not_of('\n') + 1);
  c.seconds = seconds;
  c.design = program::design_text(*p.target, p.design);
  c.replay =
      fmt::format("{} replay {}", report::shell_quoted(called_as()), report::shell_quoted(r.file));
  c.finding = r.finding;
  c.trace = trace;
  ci.cases.push_back(std::move(c));
  return ci;
}

int replay(const ReplayOptions& o) {
  check_ci(o.ci);
  program::Program p = program_in(o.file, o.target);
  engine::catch_interrupts();
  const Expectation expected{p.expect, p.key};
  const double began = engine::now();
  exec::Trace trace;
  report::ReplayResult r;
  r.file = o.file;
  r.target = p.target->name();
  r.mode = o.mode;
  r.expected_kind = expected.kind;
  r.expected_key = expected.key;
  if (!o.in_process &&
      (o.mode == "threads" ? engine::is_deadly(p.expect) : engine::ends_its_process(p)))
    replay_in_child(o, p, expected, r);
  else
    replay_here(o, p, expected, r, trace);
  r.exit_status = engine::interrupted() ? engine::kExitInterrupted
                                        : status_of(r, expected, o.mode == "threads");
  if (r.different_traces > 1) r.exit_status = kExitOwnBug;
  const std::string outcome = outcome_text(r, expected);
  if (o.ci.wanted())
    r.exit_status =
        write_ci(o.ci, ci_report_of(r, p, trace, outcome, engine::now() - began), o.json);
  if (o.json)
    fmt::print("{}", report::print(report::to_json(r)));
  else
    fmt::print("{}{}", r.finding ? r.finding->summary + "\n" : "", outcome);
  if (r.different_traces > 1)
    complain(fmt::format("{} different traces in {} runs: this is a bug in racewalk",
                         r.different_traces, r.times));
  return r.exit_status;
}

}  // namespace

void add_replay(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand("replay", "run a saved program again");
  auto o = std::make_shared<ReplayOptions>();
  c->add_option("FILE", o->file, "a .race file, or a raw libFuzzer input with --target")
      ->required();
  c->add_option("--times", o->times,
                "how often (default 1); on threads every second time with other delays")
      ->check(above_zero());
  c->add_option("--mode", o->mode, "steered (default): the file's schedule; threads: real threads")
      ->check(CLI::IsMember({"steered", "threads"}));
  c->add_option("--target", o->target, "what a raw input is for");
  c->add_flag("--in-process", o->in_process, "let a failure that kills the process do so");
  add_ci_options(*c, o->ci);
  c->add_flag("--json", o->json, "the result as JSON");
  c->callback([o, status] { *status = replay(*o); });
}

}  // namespace rw::cli
