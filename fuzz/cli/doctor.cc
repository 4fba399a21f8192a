// racewalk doctor: what works on this machine, what does not, and what to do about it.
#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "fuzz/cli/cli.h"
#include "fuzz/cli/rr_choice.h"
#include "fuzz/engine/files.h"
#include "fuzz/engine/jobs.h"
#include "fuzz/engine/other_programs.h"
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
  bool needed = true;  // the status is 1 without it
  std::string found;   // what was seen
  std::string advice;  // what to do; empty if it works
};

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

Check compiler() {
  Check c;
  c.name = "compiler";
  const std::string path =
      engine::find_program({"clang++-19", "clang++-20", "clang++-21", "clang++"});
  if (!path.empty()) c.found = first_line(engine::run_program({path, "--version"}, 10).output);
  const std::size_t at = c.found.find("version ");
  c.works = at != std::string::npos && std::atoi(c.found.c_str() + at + 8) >= 19;
  if (!c.works) c.advice = "run ci/setup; racewalk is built with clang++-19 or newer";
  c.needed = false;
  return c;
}

Check symbolizer() {
  Check c;
  c.name = "symbolizer";
  c.found = engine::find_program({"llvm-symbolizer-19", "llvm-symbolizer"});
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
  const engine::Ran ran = engine::run_program({c.found, "determinism", "--runs", "20"}, 30);
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

Check debugger() {
  Check c;
  c.name = "gdb";
  c.needed = false;
  const std::string path = engine::find_program({"gdb"});
  const engine::Ran ran =
      path.empty() ? engine::Ran{} : engine::run_program({path, "--version"}, 20);
  c.works = ran.status == 0;
  c.found = path.empty() ? "not installed" : first_line(ran.output);
  if (!c.works) c.advice = "install gdb: racewalk debug opens it at the failing access";
  return c;
}

Check rr() {
  Check c;
  c.name = "rr";
  c.needed = false;
  const engine::RrProbe probe = probe_for("auto");
  c.works = probe.works;
  const engine::RrComplaint& why = probe.why_not;
  c.found = probe.works        ? probe.rr.path + ": " + engine::in_words(probe)
            : why.said.empty() ? engine::name_of(why.problem)
                               : fmt::format("{}: {}", engine::name_of(why.problem), why.said);
  if (!c.works)
    c.advice =
        fmt::format("{} (only for stepping backwards in gdb)", engine::advice_for(why.problem));
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
                                     debugger(),
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
