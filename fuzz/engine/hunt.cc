#include "fuzz/engine/hunt.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <optional>

#include "fuzz/engine/clock.h"
#include "fuzz/engine/death.h"
#include "fuzz/engine/findings.h"
#include "fuzz/engine/hang_watch.h"
#include "fuzz/engine/jobs.h"
#include "fuzz/engine/rescue.h"
#include "fuzz/engine/run.h"
#include "fuzz/engine/shared_state.h"
#include "fuzz/engine/symbolize.h"
#include "fuzz/engine/worker_process.h"
#include "fuzz/program/text.h"
#include "fuzz/verdict/key.h"

namespace rw::engine {
namespace {

constexpr double kOvertime = 30;  // seconds beyond the limit: the worker may be shrinking

std::string kinds_of(const Rule& rule) {
  std::string kinds;
  for (const char* kind : rule.detected_by) kinds += (kinds.empty() ? "" : ",") + std::string(kind);
  return kinds;
}

bool lists(const Rule& rule, std::string_view kind) {
  return std::any_of(rule.detected_by.begin(), rule.detected_by.end(),
                     [kind](const char* listed) { return kind == listed; });
}

// What our own detectors cannot see (a plain C++ access that goes round the seam) is hunted with
// ThreadSanitizer where that build is there.
std::string binary_for(const Rule& rule) {
  const JobKind& tsan = *find_job("tsan-steered");
  const bool needs_sanitizer =
      !rule.detected_by.empty() && std::string_view(rule.detected_by[0]) == "sanitizer";
  return needs_sanitizer && can_run(tsan) ? binary_of(tsan) : own_program();
}

std::vector<std::string> worker_arguments(const HuntOptions& o, const std::string& state) {
  return {binary_for(*o.rule),
          "worker",
          "--target",
          o.target->name(),
          "--design",
          o.rule->name,
          "--memory",
          o.rule->needs_weak ? "lkmm" : "sc",
          "--strategy",
          o.strategy,
          "--seed",
          fmt::format("{}", o.seed),
          "--time",
          fmt::format("{:.6f}", o.seconds),
          "--out",
          o.folder,
          "--state",
          state,
          "--until",
          kinds_of(*o.rule)};
}

// Waits for the worker's end. `hung`: it was killed because no run ended for too long.
int wait_for(WorkerProcess& worker, SharedState& shared, const HuntOptions& o, bool& hung) {
  const double began = now();
  HangWatch watch;
  bool told = false;
  for (;;) {
    if (const std::optional<int> status = worker.wait(0.01)) return *status;
    told = told || now() - began > o.seconds + kOvertime || (o.stop && o.stop());
    if (told) worker.signal(SIGTERM);  // again, for it may not have been listening yet
    if (!hung && watch.hangs(shared.counters().heartbeat, worker, o.hang_seconds)) {
      hung = true;
      worker.signal(SIGKILL);
    }
  }
}

// The worker's death may be what is hunted.
FileError rescue(const HuntOptions& o, SharedState& shared, const Death& death,
                 const std::string& report) {
  const std::optional<std::string> input = shared.current_input();
  if (!input) return fmt::format("the worker did not start: {}\n{}", death.message, report);
  Rescue r;
  r.target = o.target;
  r.input = *input;
  r.run = shared.run_record();
  r.death = death;
  r.report = report;
  r.thread_log = &shared.thread_log();
  r.job = "hunt";
  r.out = o.folder;
  r.command = binary_for(*o.rule);
  const Rescued rescued = save_input(r);
  if (death.kind == DeathKind::own_bug)
    return fmt::format("{}: its input is {}\n{}", death.message, rescued.file, report);
  return rescued.error;
}

void take_findings(const HuntOptions& o, Hunted& hunted) {
  for (const std::string& name : list_folder(o.folder)) {
    if (!name.ends_with(".race")) continue;
    const std::string key = name.substr(0, name.size() - 5);
    auto loaded = program::load(o.folder + "/" + name);
    if (!loaded || !lists(*o.rule, verdict::kind_of_key(key))) {
      hunted.others.push_back(key);
      continue;
    }
    if (hunted.entry.found) continue;
    hunted.entry.found = true;
    hunted.program = std::move(loaded.value());
    hunted.entry.finding = finding_in(o.folder, key);
    const shrink::Size size = shrink::size_of(hunted.program);
    hunted.entry.size = {size.tasks, size.setup_ops, size.task_ops, size.switches, size.choices};
  }
}

}  // namespace

Hunted hunt(const HuntOptions& o) {
  Hunted hunted;
  hunted.entry.name = o.rule->name;
  hunted.entry.catalogue = o.rule->catalogue;
  for (const char* sub : {"", "/work"})
    if (hunted.error = make_folder(o.folder + sub); !hunted.error.empty()) return hunted;
  const std::string state = o.folder + "/work/hunt.state";
  const std::string log = o.folder + "/work/hunt.log";
  const std::unique_ptr<SharedState> shared = SharedState::create(state, hunted.error);
  if (shared == nullptr) return hunted;
  std::optional<WorkerProcess> worker =
      WorkerProcess::start(worker_arguments(o, state), log, hunted.error);
  if (!worker) return hunted;

  const double began = now();
  bool hung = false;
  const int status = wait_for(*worker, *shared, o, hung);
  FileError ignored;
  const std::string report = symbolized(read_whole(log, ignored).value_or(""));
  const Death death = classify(status, report, hung);
  const double ended = now();
  if (death.kind == DeathKind::cannot_write) {
    hunted.error = shared->error().empty() ? report : shared->error();
  } else if (o.stop && o.stop() && !shared->current_input()) {
    // It was told to end before it had begun.
  } else if (death.kind != DeathKind::finished) {
    hunted.error = rescue(o, *shared, death, report);
    hunted.own_bug = death.kind == DeathKind::own_bug || !shared->current_input();
  }
  take_findings(o, hunted);

  const SharedCounters& c = shared->counters();
  const bool in_campaign = hunted.entry.found && death.kind == DeathKind::finished;
  hunted.entry.executions = in_campaign ? c.found_executions.load() : c.executions.load();
  if (hunted.entry.found && !in_campaign) hunted.entry.executions++;  // that which did not end
  hunted.entry.steps = c.steps.load();
  hunted.entry.seconds =
      in_campaign ? static_cast<double>(c.found_milliseconds.load()) / 1000 : ended - began;
  if (hunted.entry.found) hunted.entry.shrink_seconds = now() - began - hunted.entry.seconds;
  return hunted;
}

}  // namespace rw::engine
