// racewalk doctor: what works on this machine, what does not, and what to do about it.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>

#include "fuzz/cli/cli.h"
#include "fuzz/engine/files.h"
#include "fuzz/engine/jobs.h"
#include "fuzz/engine/worker_process.h"
#include "fuzz/exec/execution.h"
#include "fuzz/report/json.h"
#include "fuzz/schedule/strategies.h"
#include "fuzz/sync/sync.h"

namespace rw::cli {
namespace {

struct Check {
  std::string name;
  bool works = false;
  bool needed = true;  // without it racewalk does not do its main job
  std::string found;   // what was seen
  std::string advice;  // what to do; empty if it works
};

// The first of `names` in PATH; empty if none is there.
std::string in_path(std::initializer_list<const char*> names) {
  const char* path = std::getenv("PATH");
  std::string rest = path == nullptr ? "/usr/bin:/bin" : path;
  for (std::size_t at = 0; at <= rest.size();) {
    const std::size_t end = std::min(rest.find(':', at), rest.size());
    for (const char* name : names) {
      std::string candidate = rest.substr(at, end - at) + "/" + name;
      if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    at = end + 1;
  }
  return {};
}

struct Ran {
  int status = -1;     // exit status; -1: a signal, or it did not start or end
  std::string output;  // both streams
};

Ran run_program(const std::vector<std::string>& arguments, double seconds) {
  Ran ran;
  const std::string log = fmt::format("{}/racewalk-doctor-{}.log",
                                      std::filesystem::temp_directory_path().string(), ::getpid());
  auto process = engine::WorkerProcess::start(arguments, log, ran.output);
  if (!process) return ran;
  const std::optional<int> status = process->wait(seconds);
  if (status && WIFEXITED(*status)) ran.status = WEXITSTATUS(*status);
  engine::FileError ignored;
  ran.output = engine::read_whole(log, ignored).value_or("");
  ::unlink(log.c_str());
  return ran;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

Check compiler() {
  Check c;
  c.name = "compiler";
  const std::string path = in_path({"clang++-19", "clang++-20", "clang++-21", "clang++"});
  if (!path.empty()) c.found = first_line(run_program({path, "--version"}, 10).output);
  const std::size_t at = c.found.find("version ");
  c.works = at != std::string::npos && std::atoi(c.found.c_str() + at + 8) >= 19;
  if (!c.works) c.advice = "run ci/setup; racewalk is built with clang++-19 or newer";
  c.needed = false;
  return c;
}

Check symbolizer() {
  Check c;
  c.name = "symbolizer";
  c.found = in_path({"llvm-symbolizer-19", "llvm-symbolizer"});
  c.works = !c.found.empty();
  c.needed = false;
  if (!c.works) c.advice = "install llvm-19: without it sanitizer reports have no names";
  return c;
}

Check binary(const char* job_name, const char* what) {
  const engine::JobKind& job = *engine::find_job(job_name);
  Check c;
  c.name = what;
  c.found = engine::binary_of(job);
  if (!engine::can_run(job)) {
    c.found += ": not there";
    c.advice = "run ci/build";
    return c;
  }
  // A real run: the sanitizers' run-time libraries refuse some kernels' address layouts.
  const Ran ran = run_program({c.found, "determinism", "--runs", "20"}, 30);
  c.works = ran.status == 0;
  if (!c.works) {
    c.found += fmt::format(": exit status {}: {}", ran.status, first_line(ran.output));
    c.advice = "if it speaks of memory layout: sysctl vm.mmap_rnd_bits=28, or setarch -R";
  }
  return c;
}

// Two tasks on fibers, one step each.
Check fibers() {
  Check c;
  c.name = "fibers";
  exec::Tasks tasks;
  unsigned ran = 0;
  tasks.bodies = {[&ran] { ran++; }, [&ran] { ran++; }};
  const auto strategy = schedule::strategies()[0].make({.seed = 1});
  const exec::Result result = exec::run(tasks, {}, strategy.get());
  c.works = ran == 2 && !result.failure;
  c.found = c.works ? "two tasks ran steered" : "two tasks did not run steered";
  if (!c.works) c.advice = "this is a bug in racewalk; please report it with this output";
  return c;
}

Check cores() {
  Check c;
  c.name = "cores";
  const unsigned count = engine::cores();
  c.found = fmt::format("{}", count);
  c.works = count >= 2;
  c.needed = false;
  if (!c.works) c.advice = "real-thread jobs need two cores to overlap; steered jobs do not care";
  return c;
}

Check rr() {
  Check c;
  c.name = "rr";
  c.needed = false;
  const std::string path = in_path({"rr"});
  if (path.empty()) {
    c.found = "not installed";
    c.advice = "install rr to step backwards through a failure in gdb; nothing else needs it";
    return c;
  }
  // "CPU recognised" proves nothing: only recording and replaying does.
  const std::string trace =
      fmt::format("{}/racewalk-rr-{}", std::filesystem::temp_directory_path().string(), ::getpid());
  Ran ran = run_program({path, "record", "-o", trace, "/bin/true"}, 20);
  if (ran.status == 0) ran = run_program({path, "replay", "-a", trace}, 20);
  std::error_code ignored;
  std::filesystem::remove_all(trace, ignored);
  c.works = ran.status == 0;
  c.found = c.works ? path + " records and replays" : path + ": " + first_line(ran.output);
  if (!c.works)
    c.advice =
        "rr needs hardware performance counters (often missing in virtual machines; see "
        "kernel.perf_event_paranoid), or a build of rr with software counters";
  return c;
}

int doctor(bool json) {
  const std::vector<Check> checks = {compiler(),
                                     symbolizer(),
                                     binary("plain-steered", "plain build"),
                                     binary("asan-steered", "AddressSanitizer build"),
                                     binary("tsan-steered", "ThreadSanitizer build"),
                                     fibers(),
                                     cores(),
                                     rr()};
  report::Json document = report::document("doctor");
  document["checks"] = report::Json::array();
  bool well = true;
  for (const Check& c : checks) {
    well = well && (c.works || !c.needed);
    document["checks"].push_back({{"name", c.name},
                                  {"works", c.works},
                                  {"needed", c.needed},
                                  {"found", c.found},
                                  {"advice", c.advice}});
    if (json) continue;
    fmt::print("{:24} {:8} {}\n", c.name, c.works ? "works" : c.needed ? "MISSING" : "no", c.found);
    if (!c.advice.empty()) fmt::print("{:24} {:8} -> {}\n", "", "", c.advice);
  }
  const int status = well ? engine::kExitNothing : engine::kExitFound;
  if (json) fmt::print("{}", report::print(document, status));
  return status;
}

}  // namespace

void add_doctor(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand("doctor", "what works on this machine, and what to do");
  auto json = std::make_shared<bool>(false);
  c->add_flag("--json", *json, "as JSON");
  c->callback([json, status] { *status = doctor(*json); });
}

}  // namespace rw::cli
