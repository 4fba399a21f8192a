#include "fuzz/engine/look.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/engine/dying.h"
#include "fuzz/engine/run.h"
#include "fuzz/program/workload.h"
#include "fuzz/schedule/limited.h"
#include "fuzz/schedule/make.h"
#include "fuzz/shrink/search.h"
#include "fuzz/sync/check.h"
#include "fuzz/verdict/key.h"

namespace rw::engine {
namespace {

using program::Program;
using program::Schedule;

constexpr double kFirstRunSeconds = 20;
constexpr unsigned kProbeSeconds = 5;  // of a run that is known to die
constexpr std::uint32_t kMostSteps = 1U << 20;

struct Partial {
  exec::Trace trace;
  std::optional<schedule::Limited::Next> next;
};

// The first `steps` steps of `p`, which has a list of decisions.
Partial run_partly(const Program& p, std::uint32_t steps) {
  exec::Settings settings;
  settings.granularity = p.granularity;
  settings.memory = p.memory;
  settings.record_trace = true;
  program::ProgramWorkload workload(p);
  schedule::Replay replay(p.schedule.decisions);
  schedule::Limited limited(replay, steps);
  exec::Result result = exec::run(workload, settings, &limited);
  return {std::move(result.trace), limited.next()};
}

// Whether a child lives through the first `steps` steps.
bool survives(const Program& p, std::uint32_t steps) {
  const pid_t child = ::fork();
  RW_CHECK(child >= 0, "no child process could be started");
  if (child == 0) {
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    RW_CHECK(nowhere >= 0, "/dev/null cannot be opened");
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    ::alarm(kProbeSeconds);
    run_partly(p, steps);
    ::_exit(0);
  }
  int status = 0;
  RW_CHECK(::waitpid(child, &status, 0) == child, "a child process is gone");
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// The most steps that can be made without dying; empty if set-up alone kills.
std::optional<std::uint32_t> steps_before_death(const Program& p) {
  if (!survives(p, 0)) return std::nullopt;
  std::uint32_t alive = 0, dead = 1;
  while (dead < kMostSteps && survives(p, dead)) {
    alive = dead;
    dead *= 2;
  }
  while (dead - alive > 1) {
    const std::uint32_t middle = alive + (dead - alive) / 2;
    (survives(p, middle) ? alive : dead) = middle;
  }
  return alive;
}

// What the tasks were doing when the trace ended.
std::vector<exec::TaskStatus> statuses_of(const exec::Trace& trace, const Program& p,
                                          const exec::Place& where) {
  std::vector<exec::TaskStatus> tasks(p.tasks.size());
  for (unsigned t = 0; t < tasks.size(); ++t) {
    tasks[t].task = t;
    tasks[t].state = "can run";
    tasks[t].where = where;
  }
  for (const exec::Event& e : trace.events) {
    if (e.phase != 1) continue;
    exec::TaskStatus& status = tasks.at(e.task);
    status.where = e.where;
    if (e.kind != exec::EventKind::op_begin) continue;
    status.op = e.op;
    status.op_text = e.text;
  }
  return tasks;
}

void look_until_death(const Program& p, const Ending& ending, Look& look) {
  look.failure = ending.death;
  look.key = ending.key;
  const Program list =
      p.schedule.form == Schedule::Form::list ? p : shrink::with_list(p, ending.decisions);
  const auto steps = steps_before_death(list);
  if (!steps) {
    look.remarks.push_back(
        "This failure ends the process during set-up, so there is nothing to draw.");
    return;
  }
  Partial partial = run_partly(list, *steps);
  look.trace = std::move(partial.trace);
  if (partial.next) {
    look.failure->task = partial.next->task;
    look.failure->tasks = statuses_of(look.trace, p, partial.next->where);
    look.failure->tasks.at(partial.next->task).state = "running";
    if (look.failure->where.line == 0) look.failure->where = partial.next->where;
  }
  look.failure->step = look.trace.events.empty() ? 0 : look.trace.events.back().step + 1;
  look.remarks.push_back(
      fmt::format("This failure ends the process: the picture stops before the step that does, "
                  "step {}.",
                  look.failure->step));
}

void compare_with_expectation(const Program& p, Look& look) {
  const bool wanted = !p.expect.empty() && p.expect != "none";
  if (!look.failure) {
    look.as_expected = !wanted;
    look.remarks.push_back(wanted
                               ? fmt::format("This run did not fail, although the file expects {}.",
                                             p.key.empty() ? p.expect : p.key)
                               : "This run did not fail.");
    return;
  }
  look.as_expected =
      wanted && look.failure->kind == p.expect && (p.key.empty() || look.key == p.key);
  if (wanted && !look.as_expected)
    look.remarks.push_back(
        fmt::format("The file expects another failure, {}.", p.key.empty() ? p.expect : p.key));
}

}  // namespace

Look look_at(const Program& p) {
  Look look;
  const Ending ending = ChildRunner(kFirstRunSeconds).run(p);
  if (ending.death) {
    look_until_death(p, ending, look);
  } else {
    std::optional<schedule::Divergence> divergence;
    exec::Result result = run(p, {.record_trace = true}, &divergence);
    look.trace = std::move(result.trace);
    look.failure = std::move(result.failure);
    if (look.failure) look.key = verdict::key_of(*look.failure);
    if (divergence) {
      look.diverged = true;
      look.remarks.push_back(fmt::format("The schedule could not be followed: {}.",
                                         in_words(*divergence, look.trace)));
    }
  }
  compare_with_expectation(p, look);
  // A livelock's list ends long before the run does.
  if (look.as_expected && look.diverged) look.remarks.clear();
  return look;
}

}  // namespace rw::engine
