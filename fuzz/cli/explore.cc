// racewalk explore: every execution of a small program, and one verdict over all of them.
#include "fuzz/engine/explore_bounds.h"

#include <fmt/format.h>
#include <unistd.h>

#include <functional>
#include <memory>

#include "fuzz/cli/cli.h"
#include "fuzz/cli/explore_verdict.h"
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

program::Program program_wanted(const ExploreOptions& o) {
  program::Program p = program_in(o.file, "");
  p.schedule = {};
  if (o.fine) p.granularity = exec::Granularity::fine;
  if (!o.memory.empty()) p.memory = memory_named(o.memory);
  // A search that means to see everything asks for every order of seq_cst operations, too.
  if (p.memory == exec::Memory::weak) p.memory = exec::Memory::weak_exact;
  return p;
}

// Says what there is to say. Returns the exit status; what cannot be written is said last.
int report(const ExploreOptions& o, ExploreVerdict verdict, engine::FileError unsaved) {
  const std::optional<engine::Found>& found = verdict.found;
  if (found && !o.out.empty()) {
    const engine::FileError error = engine::write_whole(o.out, program::print(found->program));
    if (error.empty())
      verdict.saved = o.out;
    else
      unsaved = error;
  }
  const bool cut_short = !verdict.all.complete && engine::interrupted();
  const int status = !unsaved.empty() ? engine::kExitCannotWrite
                     : found          ? engine::kExitFound
                     : cut_short      ? engine::kExitInterrupted
                                      : engine::kExitNothing;
  if (o.json) {
    fmt::print("{}", json_of(verdict, status));
  } else {
    if (found) {
      engine::Finding finding;
      finding.found = *found;
      finding.file = verdict.saved;
      fmt::print("{}", engine::summary_of(finding, called_as(), width_wanted(), color_wanted()));
    }
    fmt::print("{}", text_of(verdict));
  }
  if (!unsaved.empty()) complain(unsaved);
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

// The file that keeps what is left. A disk that is full now may have room in ten seconds.
class StateFile {
 public:
  StateFile(std::string path, const engine::ExploreSubject& subject)
      : path_(std::move(path)), subject_(subject) {}

  void keep(const engine::Exploration& so_far) {
    if (path_.empty()) return;
    error_ = engine::write_whole(path_, engine::print_state(subject_, so_far));
    if (!error_.empty() && !complained_)
      complain(error_ + "; exploring goes on, and this is tried again");
    complained_ = !error_.empty();
  }
  // Of the last time.
  const engine::FileError& error() const { return error_; }

 private:
  std::string path_;
  engine::ExploreSubject subject_;
  engine::FileError error_;
  bool complained_ = false;
};

void check_options(const ExploreOptions& o) {
  if (o.jobs > 1 && verdict::built_with(verdict::Sanitizer::thread))
    stop(engine::kExitUsage,
         "--jobs: ThreadSanitizer does not follow fibers into a forked process; leave it out, or "
         "use the build without (racewalk)");
  for (const std::string& path : {o.out, o.state})
    if (!path.empty()) check_writable(path);
}

engine::ExploreOptions options_for(const ExploreOptions& o, const program::Program& p) {
  engine::ExploreOptions options;
  options.settings.granularity = p.granularity;
  options.settings.memory = p.memory;
  if (o.preemptions >= 0) options.preemptions = static_cast<unsigned>(o.preemptions);
  return options;
}

// One message, however often it is said: there are new processes for each bound.
std::function<void(const std::string&)> complain_once() {
  return [said = false](const std::string& message) mutable {
    if (!said) complain(message);
    said = true;
  };
}

// After the state has been written, if there is one.
[[noreturn]] void stop_early(const ExploreOptions& o, const engine::ExploreError& error,
                             const engine::FileError& unsaved) {
  std::string text = error.why;
  if (error.status == engine::kExitCannotWrite)
    text += ". Ask for fewer with --jobs; --jobs 1 explores in this process";
  if (!unsaved.empty())
    text += "; " + unsaved;
  else if (!o.state.empty())
    text += fmt::format("; what is left is in {}, to go on with", o.state);
  stop(error.status, text);
}

int explore(const ExploreOptions& o) {
  check_options(o);
  const program::Program p = program_wanted(o);
  engine::catch_interrupts();
  engine::ExploreOptions options = options_for(o, p);
  engine::ExploreSubject subject;
  if (!o.state.empty()) subject = engine::explore_subject(program::print(p), options.preemptions);
  const engine::ExploreJobs jobs{o.jobs, gone_on_with(o, subject), complain_once()};
  StateFile state(o.state, subject);
  program::ProgramWorkload workload(p);
  ExploreWatch watch({o.force || o.seconds > 0, o.preemptions >= 0, o.file}, options.preemptions,
                     [&](unsigned preemptions) {
                       engine::ExploreOptions within = options;
                       within.preemptions = preemptions;
                       within.stop = engine::interrupted;
                       return engine::guess_executions(workload, within);
                     });
  options.progress = [&](const engine::Exploration& so_far) { watch.see(so_far); };
  options.stop = [&] {
    return engine::interrupted() || watch.too_many() ||
           (o.seconds > 0 && watch.seconds() > o.seconds);
  };
  if (!o.state.empty()) options.save_now = [&] { return watch.save_is_due(); };
  options.save = [&](const engine::Exploration& so_far) { state.keep(so_far); };
  ExploreVerdict verdict;
  verdict.file = o.file;
  verdict.program = p;
  verdict.preemptions = o.preemptions;
  engine::ExploreError error;
  verdict.all = engine::explore_within_bounds(
      workload, options, jobs,
      [&](const exec::Result& result) {
        program::Program failed = p;
        failed.schedule.form = program::Schedule::Form::list;
        failed.schedule.decisions = result.decisions;
        verdict.found = engine::confirm(failed);
        RW_CHECK(verdict.found.has_value(), "an explored failure does not replay");
      },
      error);
  if (verdict.found) {
    if (error.status != 0) complain(error.why);
    return report(o, std::move(verdict), "");
  }
  if (watch.too_many()) stop(engine::kExitUsage, watch.why_too_many());
  state.keep(verdict.all);
  if (error.status != 0) stop_early(o, error, state.error());
  if (state.error().empty()) verdict.state = o.state;
  if (verdict.all.complete) {
    verdict.share = 1;
  } else {
    verdict.guessed = watch.guessed(verdict.all);
    verdict.share = watch.share_of(verdict.all);
  }
  return report(o, std::move(verdict), state.error());
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
