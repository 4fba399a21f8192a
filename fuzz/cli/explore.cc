// racewalk explore: every execution of a small program, and one verdict over all of them.
#include "fuzz/engine/explore_jobs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "fuzz/cli/cli.h"
#include "fuzz/cli/explore_watch.h"
#include "fuzz/engine/campaign.h"
#include "fuzz/engine/explore_guess.h"
#include "fuzz/engine/explore_state.h"
#include "fuzz/engine/files.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/engine/run.h"
#include "fuzz/program/text.h"
#include "fuzz/program/text_lines.h"
#include "fuzz/program/workload.h"
#include "fuzz/report/json.h"
#include "fuzz/verdict/key.h"
#include "fuzz/verdict/sanitizer.h"

namespace rw::cli {
namespace {

struct ExploreOptions {
  std::string file, memory, out, state;
  std::int64_t preemptions = -1;
  unsigned jobs = 1;
  double seconds = 0;
  bool fine = false;
  bool force = false;
  bool json = false;
};

constexpr std::size_t kMostState = std::size_t{1} << 30;  // bytes
constexpr unsigned kMostJobs = 1024;
constexpr int kMostPreemptions = 1'000'000;

std::string bound_text(const ExploreOptions& o, const program::Program& p) {
  return fmt::format("memory {}, {} steps, {}", program::kMemoryNames[unsigned(p.memory)],
                     program::kGranularityNames[unsigned(p.granularity)],
                     o.preemptions < 0 ? "any number of preemptions"
                                       : fmt::format("at most {} preemptions", o.preemptions));
}

program::Program program_wanted(const ExploreOptions& o) {
  program::Program p = program_in(o.file, "");
  p.schedule = {};
  if (o.fine) p.granularity = exec::Granularity::fine;
  if (!o.memory.empty()) p.memory = memory_named(o.memory);
  // A search that means to see everything asks for every order of seq_cst operations, too.
  if (p.memory == exec::Memory::weak) p.memory = exec::Memory::weak_exact;
  return p;
}

void show_failure(const ExploreOptions& o, const engine::Found& found) {
  engine::Finding finding;
  finding.found = found;
  if (!o.out.empty()) {
    write_or_stop(o.out, program::print(found.program));
    finding.file = o.out;
  }
  if (!o.json)
    fmt::print("{}", engine::summary_of(finding, called_as(), width_wanted(), color_wanted()));
}

int report(const ExploreOptions& o, const program::Program& p, const engine::Exploration& all,
           const std::optional<engine::Found>& found, bool cut_short) {
  const int status = found                                ? engine::kExitFound
                     : cut_short && engine::interrupted() ? engine::kExitInterrupted
                                                          : engine::kExitNothing;
  const char* verdict = found ? "failure" : all.complete ? "no failure" : "not all explored";
  if (o.json) {
    report::Json json = report::document("explore");
    json["file"] = o.file;
    json["memory"] = program::kMemoryNames[unsigned(p.memory)];
    json["granularity"] = program::kGranularityNames[unsigned(p.granularity)];
    json["preemptions"] = o.preemptions < 0 ? report::Json() : report::Json(o.preemptions);
    json["executions"] = all.executions;
    json["repeated"] = all.repeated;
    json["impossible"] = all.impossible;
    json["cut_off"] = all.cut_off;
    json["complete"] = all.complete;
    json["held_back"] = all.held_back;
    json["share_done"] = all.share_done;
    json["verdict"] = verdict;
    json["key"] = found ? report::Json(found->key) : report::Json();
    fmt::print("{}", report::print(json, status));
  } else if (found) {
    fmt::print("a failure after {} executions of this program ({})\n", with_commas(all.executions),
               bound_text(o, p));
  } else if (all.complete) {
    fmt::print("all {} executions of this program ({}; {} repetitions given up{}{}): no failure\n",
               with_commas(all.executions), bound_text(o, p), with_commas(all.repeated),
               all.impossible == 0
                   ? ""
                   : fmt::format(", {} that C++20 does not have", with_commas(all.impossible)),
               all.held_back ? "; spin loops as long as a round sees something new" : "");
  } else {
    fmt::print(
        "{} executions of this program ({}), about {:.2g} % of all by a guess: no failure "
        "among them\n",
        with_commas(all.executions), bound_text(o, p), 100 * all.share_done);
    if (!all.rest.empty() && !o.state.empty())
      fmt::print("what is left is in {}: the same command goes on with it\n", o.state);
    else if (!all.rest.empty())
      fmt::print("with --state FILE the same command could go on from here\n");
    if (all.cut_off != 0)
      fmt::print("{} of them reached the step budget: their loops were not explored to the end\n",
                 with_commas(all.cut_off));
  }
  return status;
}

// What an earlier run with this state has left; nothing if there is no such file.
engine::Exploration gone_on_with(const ExploreOptions& o, const engine::ExploreSubject& subject) {
  engine::Exploration so_far;
  if (o.state.empty() || ::access(o.state.c_str(), F_OK) != 0) return so_far;
  engine::FileError error;
  const auto text = engine::read_whole(o.state, error, kMostState);
  if (!text) stop(engine::kExitUsage, error);
  std::string why;
  if (!engine::parse_state(*text, subject, so_far, why))
    stop(engine::kExitUsage, fmt::format("{}: cannot go on with this state: {}. Remove the file to "
                                         "begin anew, or name another with --state",
                                         o.state, why));
  return so_far;
}

int explore(const ExploreOptions& o) {
  if (o.jobs > 1 && verdict::built_with(verdict::Sanitizer::thread))
    stop(engine::kExitUsage,
         "--jobs: ThreadSanitizer does not follow fibers into a forked process; leave it out, or "
         "use the build without (racewalk)");
  const program::Program p = program_wanted(o);
  for (const std::string& path : {o.out, o.state})
    if (!path.empty()) check_writable(path);
  engine::catch_interrupts();
  engine::ExploreOptions options;
  options.settings.granularity = p.granularity;
  options.settings.memory = p.memory;
  if (o.preemptions >= 0) options.preemptions = static_cast<unsigned>(o.preemptions);
  engine::ExploreSubject subject;
  if (!o.state.empty()) subject = engine::explore_subject(program::print(p), options.preemptions);
  const engine::ExploreJobs jobs{o.jobs, gone_on_with(o, subject)};
  program::ProgramWorkload workload(p);
  ExploreWatch watch({o.force || o.seconds > 0, o.preemptions >= 0, o.file}, options.preemptions,
                     [&](unsigned preemptions) {
                       engine::ExploreOptions within = options;
                       within.preemptions = preemptions;
                       return engine::guess_executions(workload, within);
                     });
  options.progress = [&](const engine::Exploration& so_far) { watch.see(so_far); };
  options.stop = [&] {
    return engine::interrupted() || watch.too_many() ||
           (o.seconds > 0 && watch.seconds() > o.seconds);
  };
  if (!o.state.empty()) options.save_now = [&] { return watch.save_is_due(); };
  options.save = [&](const engine::Exploration& so_far) {
    write_or_stop(o.state, engine::print_state(subject, so_far));
  };
  std::optional<engine::Found> found;
  std::string broken;
  engine::Exploration all = engine::explore_with_jobs(
      workload, options, jobs,
      [&](const exec::Result& result) {
        program::Program failed = p;
        failed.schedule.form = program::Schedule::Form::list;
        failed.schedule.decisions = result.decisions;
        found = engine::confirm(failed);
        RW_CHECK(found.has_value(), "an explored failure does not replay");
      },
      broken);
  if (!broken.empty()) stop(kExitOwnBug, broken);
  if (watch.too_many()) stop(engine::kExitUsage, watch.why_too_many());
  // A failure ends the search: nobody asks how much of it there was.
  if (!found && !all.complete) all.share_done = watch.share_of(all);
  if (found) show_failure(o, *found);
  if (!found && !o.state.empty()) write_or_stop(o.state, engine::print_state(subject, all));
  return report(o, p, all, found, !all.complete);
}

}  // namespace

void add_explore(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand(
      "explore", "every execution of a small program, up to the order of steps that do not meet");
  auto o = std::make_shared<ExploreOptions>();
  c->add_option("FILE", o->file, "a .race program; its schedule is not used")->required();
  c->add_option("--memory", o->memory,
                "instead of the file's: sc, weak or lkmm; weak is explored as weak-exact");
  c->add_flag("--fine", o->fine, "each atomic access is a step, inside locks too");
  c->add_option(
       "--preemptions", o->preemptions,
       "only schedules with at most so many; all of them, so more than 2 or 3 are mostly more "
       "executions than without a bound, which runs one of those alike")
      ->check(CLI::Range(0, kMostPreemptions));
  c->add_option("--time", o->seconds, "stop after so many seconds")->check(zero_or_above());
  c->add_option(
       "--jobs", o->jobs,
       "processes; as many executions and the same verdict, of a failure maybe another one")
      ->check(CLI::Range(1U, kMostJobs));
  c->add_option("--state", o->state,
                "file that keeps what a stopped exploration has left; goes on from there");
  c->add_option("--out", o->out, "file for the failure's program");
  c->add_flag("--force", o->force, "explore even if there seem to be too many executions");
  c->add_flag("--json", o->json, "the result as JSON");
  c->callback([o, status] { *status = explore(*o); });
}

}  // namespace rw::cli
