// racewalk bench capture: how many of the failures that stored programs show on real threads become
// deterministic, and by what.
//
// Each program is a `racewalk capture` of its own, by this very binary: under ThreadSanitizer the
// failures are other ones than without.
#include "fuzz/cli/bench_capture.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "fuzz/engine/files.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/engine/worker_process.h"
#include "fuzz/report/json.h"

namespace rw::cli {
namespace {

struct BenchCaptureOptions {
  std::vector<std::string> files;
  double seconds = 10;
  std::uint64_t seed = 1;
  bool json = false;
};

struct CaptureRow {
  std::string file;
  report::Json said;  // the document of `capture`; null if it made none
};

struct Total {
  unsigned failed = 0;    // programs that failed on threads
  unsigned by_log = 0;    // of them, captured by the log as it is
  unsigned earlier = 0;   // of them, captured as the bad access behind the failure
  unsigned captured = 0;  // of them, captured
};

// What `capture` says about `file`.
CaptureRow capture(const BenchCaptureOptions& o, const std::string& file) {
  const std::string stem =
      fmt::format("{}/racewalk-{}", std::filesystem::temp_directory_path().string(), ::getpid());
  const std::string log = stem + ".log", output = stem + ".race";
  engine::FileError error;
  auto process = engine::WorkerProcess::start(
      {engine::own_program(), "capture", file, "--json", "-o", output, "--seconds",
       fmt::format("{}", o.seconds), "--seed", fmt::format("{}", o.seed)},
      log, error);
  if (!process) stop(engine::kExitCannotWrite, error);
  while (!engine::interrupted() && !process->wait(0.1)) {
  }
  const std::string said = engine::read_whole(log, error).value_or("");
  ::unlink(log.c_str());
  ::unlink(output.c_str());
  return {file, report::Json::parse(said, nullptr, false)};
}

void add(Total& total, const CaptureRow& row) {
  if (!row.said.is_object() || !row.said["failed"]) return;
  ++total.failed;
  if (row.said["captured"].is_null()) return;
  ++total.captured;
  total.by_log += row.said["captured"] == "log" ? 1 : 0;
  total.earlier += row.said["captured"] == "earlier" ? 1 : 0;
}

void print(const CaptureRow& row) {
  const std::size_t slash = row.file.rfind('/');
  fmt::print("{:<42.42}", row.file.substr(slash == std::string::npos ? 0 : slash + 1));
  const report::Json& said = row.said;
  if (!said.is_object())
    fmt::print(" not run\n");
  else if (!said["failed"])
    fmt::print("{:>9} executions  no failure\n", said["executions"].get<std::uint64_t>());
  else
    fmt::print("{:>9} executions  {:<34} {}\n", said["executions"].get<std::uint64_t>(),
               said["key"].get<std::string>(),
               said["captured"].is_null()
                   ? "not captured"
                   : fmt::format("{} after {}", said["captured"].get<std::string>(),
                                 said["steered_runs"].get<std::uint64_t>()));
  std::fflush(stdout);
}

report::Json json_of(const BenchCaptureOptions& o, const std::vector<CaptureRow>& rows,
                     const Total& total) {
  report::Json json = report::document("bench-capture");
  json["limit_seconds"] = o.seconds;
  json["seed"] = o.seed;
  json["entries"] = report::Json::array();
  for (const CaptureRow& row : rows) {
    report::Json entry = {{"file", row.file}};
    for (const char* name : {"executions", "failed", "key", "captured", "steered_runs"})
      entry[name] = row.said.is_object() ? row.said[name] : report::Json();
    json["entries"].push_back(std::move(entry));
  }
  json["failed"] = total.failed;
  json["captured_by_log"] = total.by_log;
  json["captured_earlier"] = total.earlier;
  json["captured"] = total.captured;
  return json;
}

int bench(const BenchCaptureOptions& o) {
  for (const std::string& file : o.files) (void)program_in(file, "");
  engine::catch_interrupts();
  std::vector<CaptureRow> rows;
  Total total;
  for (const std::string& file : o.files) {
    CaptureRow row = capture(o, file);
    if (engine::interrupted()) break;  // this row is not whole
    if (!o.json) print(row);
    add(total, row);
    rows.push_back(std::move(row));
  }
  const int status =
      rows.size() == o.files.size() ? engine::kExitNothing : engine::kExitInterrupted;
  if (o.json)
    fmt::print("{}", report::print(json_of(o, rows, total), status));
  else
    fmt::print(
        "{} of {} programs failed on threads; captured: {}, of them {} at the first try and "
        "{} as the bad access behind the failure\n",
        total.failed, rows.size(), total.captured, total.by_log, total.earlier);
  return status;
}

}  // namespace

void add_bench_capture(CLI::App& bench_app, int* status) {
  CLI::App* c = bench_app.add_subcommand(
      "capture", "how many failures on real threads become deterministic (racewalk capture)");
  auto o = std::make_shared<BenchCaptureOptions>();
  c->add_option("FILES", o->files, ".race programs")->required();
  c->add_option("--seconds", o->seconds, "of each on threads at most (default 10)")
      ->check(above_zero());
  c->add_option("--seed", o->seed, "of the delays between steps (default 1)");
  c->add_flag("--json", o->json, "the result as JSON");
  c->callback([o, status] { *status = bench(*o); });
}

}  // namespace rw::cli
