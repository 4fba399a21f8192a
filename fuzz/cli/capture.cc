// racewalk capture: a failure on real threads, made to happen every time (fuzz/engine/capture.h).
#include "fuzz/engine/capture.h"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "fuzz/cli/cli.h"
#include "fuzz/engine/campaign.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/engine/on_threads.h"
#include "fuzz/program/text.h"
#include "fuzz/report/json.h"

namespace rw::cli {
namespace {

struct CaptureOptions {
  std::string file, target, out;
  double seconds = 60;
  std::uint64_t seed = 1;
  bool json = false;
};

std::string captured_beside(const std::string& file) {
  const bool race = file.ends_with(".race");
  return (race ? file.substr(0, file.size() - 5) : file) + ".captured.race";
}

const char* how(engine::CapturedBy by) {
  switch (by) {
    case engine::CapturedBy::log:
      return "in the order the threads had";
    case engine::CapturedBy::around_log:
      return "in an order near the threads'";
    case engine::CapturedBy::earlier:
      return "as the access behind it, which a steered run stops at";
    case engine::CapturedBy::search:
      return "by searching all schedules";
  }
  return "";
}

engine::OnThreads meet(const CaptureOptions& o, const program::Program& p) {
  const bool live = ::isatty(STDERR_FILENO) == 1;
  engine::OnThreadsLimits limits;
  limits.seconds = o.seconds;
  limits.seed = o.seed;
  limits.stop = engine::interrupted;
  limits.progress = [live](std::uint64_t executions) {
    if (live) fmt::print(stderr, "\r\033[K{} executions on threads, no failure yet", executions);
  };
  engine::OnThreads met = engine::run_on_threads(p, limits);
  if (live) fmt::print(stderr, "\r\033[K");
  return met;
}

report::Json json_of(const CaptureOptions& o, const engine::OnThreads& met,
                     const std::optional<engine::Captured>& captured, const std::string& output) {
  report::Json json = report::document("capture");
  json["file"] = o.file;
  json["executions"] = met.executions;
  json["seconds"] = met.seconds;
  json["failed"] = met.failed;
  json["kind"] = met.kind;
  json["key"] = met.key;
  json["message"] = met.message;
  json["captured"] = captured ? report::Json(engine::name_of(captured->by)) : report::Json();
  json["steered_runs"] = captured ? report::Json(captured->runs) : report::Json();
  json["output"] = captured ? report::Json(output) : report::Json();
  if (captured)
    json["finding"] =
        report::to_json(report::Finding{captured->found.failure, captured->found.key, output,
                                        program::print(captured->found.program), ""});
  else
    json["finding"] = nullptr;
  return json;
}

int capture_file(const CaptureOptions& o) {
  const program::Program p = program_in(o.file, o.target);
  const std::string output = o.out.empty() ? captured_beside(o.file) : o.out;
  check_writable(output);
  engine::catch_interrupts();
  const engine::OnThreads met = meet(o, p);
  std::optional<engine::Captured> captured;
  if (met.failed && met.wanted)
    captured = engine::capture(p, *met.log, met.wanted, {.stop = engine::interrupted});
  if (captured && !captured->found.own_bug.empty()) stop(kExitOwnBug, captured->found.own_bug);

  engine::Finding finding;
  if (captured) {
    finding.found = captured->found;
    finding.file = output;
    write_or_stop(output, program::print(finding.found.program));
  }
  int status = captured ? engine::kExitNothing : engine::kExitOther;
  if (engine::interrupted()) status = engine::kExitInterrupted;
  if (o.json) {
    fmt::print("{}", report::print(json_of(o, met, captured, output), status));
  } else if (captured) {
    fmt::print("{}\nFailed in execution {} on threads; happens every time {} ({} steered run{}).\n",
               engine::summary_of(finding, called_as(), width_wanted(), color_wanted()),
               met.executions, how(captured->by), captured->runs, captured->runs == 1 ? "" : "s");
  } else if (met.failed) {
    fmt::print(
        "{}{}\nFailed in execution {} on threads with {}: {}\nNo steered run fails like "
        "that: nothing is written.{}\n",
        met.report, met.report.empty() ? "" : "\n", met.executions, met.key, met.message,
        p.memory == exec::Memory::sc
            ? " The cause may be weak memory: set \"memory: weak\" in the file and search "
              "with racewalk explore."
            : "");
  } else {
    fmt::print(
        "{} executions on threads in {:.0f} s, none failed. More: --seconds; steered: "
        "racewalk fuzz, racewalk explore.\n",
        met.executions, met.seconds);
  }
  return status;
}

}  // namespace

void add_capture(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand(
      "capture", "run a program on real threads until it fails, and make the failure repeatable");
  auto o = std::make_shared<CaptureOptions>();
  c->add_option("FILE", o->file, "a .race file, or a raw libFuzzer input with --target")
      ->required();
  c->add_option("-o,--output", o->out, "file to write (default FILE with .captured.race)");
  c->add_option("--seconds", o->seconds, "on threads at most (default 60; 0: no limit)")
      ->check(zero_or_above());
  c->add_option("--seed", o->seed, "of the delays between steps (default 1)");
  c->add_option("--target", o->target, "what a raw input is for");
  c->add_flag("--json", o->json, "the result as JSON");
  c->callback([o, status] { *status = capture_file(*o); });
}

}  // namespace rw::cli
