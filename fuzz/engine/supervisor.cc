#include "fuzz/engine/supervisor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <optional>
#include <set>

#include "fuzz/engine/campaign_jobs.h"
#include "fuzz/engine/clock.h"
#include "fuzz/engine/death.h"
#include "fuzz/engine/exit_status.h"
#include "fuzz/engine/files.h"
#include "fuzz/engine/findings.h"
#include "fuzz/engine/made_folders.h"
#include "fuzz/engine/progress.h"
#include "fuzz/engine/rescue.h"
#include "fuzz/engine/symbolize.h"
#include "fuzz/engine/worker.h"
#include "fuzz/program/prng.h"
#include "fuzz/sync/check.h"
#include "fuzz/verdict/key.h"

namespace rw::engine {
namespace {

constexpr double kPoll = 0.05;         // seconds between looks at the workers
constexpr double kStopGrace = 10;      // seconds: a worker asked to stop gets so long
constexpr double kCtrlCGrace = 3;      // where somebody waits for it
constexpr double kLongestSlice = 300;  // seconds
constexpr unsigned kFalseStarts = 3;   // deaths in a row without one run: the job is given up

class Supervisor {
 public:
  explicit Supervisor(const SupervisorOptions& options)
      : options_(options), line_(options.progress), jobs_(options.jobs), findings_(options.out) {}

  Supervised run();

 private:
  double seconds() const { return runs_ ? now() - began_ : 0; }
  double left() const { return options_.seconds == 0 ? 1e9 : options_.seconds - seconds(); }
  void begin_time();
  bool stopping() const { return interrupted_ || fatal_status_ != 0 || left() <= 0; }
  bool prepare();
  void fill();
  bool start(Job& job);
  double slice() const;
  void ended(Running& running, int wait_status);
  void rescue_input(const Running& running, const Death& death, const std::string& report);
  void announce_findings();
  void reap();
  void stop_all();
  ProgressNumbers numbers() const;
  Supervised results();
  void say(const std::string& text) { line_.say(text); }
  void fail(int status, const std::string& why);

  SupervisorOptions options_;
  MadeFolders folders_;
  ProgressLine line_;
  double began_ = 0;
  bool runs_ = false;  // a worker has read the folders, or died; since began_
  CampaignJobs jobs_;
  std::vector<Running> workers_;
  FindingsFolder findings_;
  std::set<std::string> deaths_;  // keys of workers' deaths, as sanitizers and signals name them
  std::set<std::string> complaints_;  // what workers have said that ended well
  std::size_t old_findings_ = 0;
  double next_scan_ = 0;
  std::uint64_t slices_ = 0;
  bool interrupted_ = false;
  int fatal_status_ = 0;
  std::string fatal_;
};

void Supervisor::fail(int status, const std::string& why) {
  if (fatal_status_ != 0) return;
  fatal_status_ = status;
  fatal_ = why;
}

bool Supervisor::prepare() {
  for (const char* sub : {"", "/corpus", "/work"}) {
    const FileError error = folders_.make(options_.out + sub);
    if (error.empty()) continue;
    fail(kExitCannotWrite, error);
    return false;
  }
  if (options_.workers == 0) options_.workers = cores();
  (void)findings_.look();
  old_findings_ = findings_.keys().size();
  if (old_findings_ != 0)
    say(fmt::format("{} holds {} finding{} from before; going on\n", options_.out, old_findings_,
                    old_findings_ == 1 ? "" : "s"));
  return true;
}

// Several slices per job, so that jobs share what each has found. Each begins with the whole
// corpus, which soon is 10,000 programs and more; ThreadSanitizer runs about 1,000 a second.
double Supervisor::slice() const {
  if (options_.seconds == 0) return std::clamp(seconds() / 3, 30.0, kLongestSlice);
  const double share =
      options_.seconds * options_.workers / static_cast<double>(options_.jobs.size());
  return std::min(std::clamp(share / 3, 2.0, kLongestSlice), std::max(left(), 0.1));
}

void Supervisor::fill() {
  while (workers_.size() < options_.workers && !stopping()) {
    Job* job = jobs_.next();
    if (job == nullptr) return fail(kExitOwnBug, "no job can run; see the messages above");
    if (!start(*job)) return;
  }
}

bool Supervisor::start(Job& job) {
  WorkerTask task;
  task.kind = job.kind;
  task.target = options_.target->name();
  task.design = options_.design;
  task.memory = options_.memory;
  task.strategy = options_.strategy;
  task.seeds = options_.seeds;
  task.out = options_.out;
  task.command = options_.command;
  task.seconds = slice();
  task.seed = program::Prng(options_.seed + slices_).next();
  task.stem = fmt::format("{}/work/{}-{}", options_.out, ::getpid(), slices_);
  slices_++;
  FileError error;
  std::unique_ptr<Worker> worker = Worker::start(task, error);
  if (worker == nullptr) {
    fail(kExitCannotWrite, error);
    return false;
  }
  CampaignJobs::began(job, task.seconds);
  workers_.push_back({&job, std::move(worker)});
  return true;
}

// A worker's report is a file on the disk that may be full.
std::string why_not_written(const Worker& worker, const Death& death, const std::string& report) {
  std::string error = worker.shared().error();
  if (!error.empty()) return error;
  return report.empty() ? death.message : report;
}

void Supervisor::ended(Running& running, int wait_status) {
  begin_time();
  jobs_.ended(running);
  const Worker& worker = *running.worker;
  const std::string report = symbolized(worker.said());
  const Death death = classify(wait_status, report, worker.killed_for_hanging());
  const bool ran = worker.shared().current_input().has_value();
  running.job->false_starts = ran ? 0 : running.job->false_starts + 1;

  switch (death.kind) {
    case DeathKind::finished:
      running.job->false_starts = 0;
      // Complaints about foreign files, which each worker meets.
      if (!report.empty() && complaints_.insert(report).second) say(report);
      break;
    case DeathKind::cannot_write:
      fail(kExitCannotWrite, why_not_written(worker, death, report));
      break;
    case DeathKind::usage:
      fail(kExitOwnBug, death.message + "\n" + report);
      break;
    default:
      if (ran) {
        rescue_input(running, death, report);
      } else if (running.job->false_starts >= kFalseStarts) {
        running.job->given_up = true;
        say(fmt::format("{} does not start ({}); it is left out:\n{}\n", running.job->kind->name,
                        death.message, report.substr(0, 2000)));
      }
  }
}

void Supervisor::rescue_input(const Running& running, const Death& death,
                              const std::string& report) {
  // A worker that starts again soon dies of the same bug again: once is enough.
  const std::optional<exec::Failure> failure = failure_of(death);
  if (failure && !deaths_.insert(verdict::key_of(*failure)).second) return;
  Rescue rescue;
  rescue.target = options_.target;
  rescue.input = *running.worker->shared().current_input();
  rescue.run = running.worker->shared().run_record();
  rescue.death = death;
  rescue.report = report;
  rescue.job = running.job->kind->name;
  rescue.mode = running.job->kind->mode;
  rescue.thread_log = &running.worker->shared().thread_log();
  rescue.out = options_.out;
  rescue.command = binary_of(*running.job->kind);
  rescue.called_as = options_.command;
  const Rescued saved = save_input(rescue);
  if (!saved.error.empty()) return fail(kExitCannotWrite, saved.error);
  if (death.kind == DeathKind::own_bug)
    fail(kExitOwnBug, fmt::format("{}{}: its input is {}", report, death.message, saved.file));
  else
    say(fmt::format("{}: {}; input saved as {}\n", running.job->kind->name, death.message,
                    saved.file));
}

void Supervisor::announce_findings() {
  for (const std::string& picture : findings_.look()) say(fmt::format("\n{}\n", picture));
}

ProgressNumbers Supervisor::numbers() const {
  ProgressNumbers n = jobs_.numbers(workers_);
  n.seconds = seconds();
  n.findings = findings_.keys().size();
  return n;
}

void Supervisor::reap() {
  std::erase_if(workers_, [this](Running& running) {
    const std::optional<int> status = running.worker->poll(options_.hang_seconds);
    if (status) ended(running, *status);
    return status.has_value();
  });
}

// Workers end by themselves when their slice is over; those that do not are told to, then killed.
void Supervisor::stop_all() {
  const double deadline = now() + (interrupted_ ? kCtrlCGrace : kStopGrace);
  while (!workers_.empty() && now() < deadline) {
    // Again and again: it may not have been listening yet.
    for (const Running& running : workers_) running.worker->ask_to_stop();
    reap();
    ::usleep(10'000);
  }
  for (const Running& running : workers_) jobs_.ended(running);
  workers_.clear();  // kills and reaps
}

// When the first worker has read its folders: a large corpus may take longer than --time says.
void Supervisor::begin_time() {
  if (!runs_) began_ = now();
  runs_ = true;
}

Supervised Supervisor::run() {
  if (!prepare()) return results();
  while (!stopping()) {
    fill();
    reap();
    if (numbers().executions != 0) begin_time();
    if (seconds() >= next_scan_) {
      announce_findings();
      next_scan_ = seconds() + 0.5;
    }
    line_.update(numbers());
    ::usleep(static_cast<useconds_t>(kPoll * 1e6));
    interrupted_ = options_.stop && options_.stop();
  }
  stop_all();
  if (!interrupted_ && numbers().executions == 0)
    fail(kExitUsage,
         fmt::format("no program has run within --time {}: give it more", options_.seconds));
  announce_findings();
  line_.finish(numbers());
  return results();
}

Supervised Supervisor::results() {
  Supervised s;
  const ProgressNumbers n = numbers();
  s.result.target = options_.target->name();
  s.result.seed = options_.seed;
  s.result.seconds = n.seconds;
  s.result.interrupted = interrupted_;
  s.result.error = fatal_;
  s.result.executions = n.executions;
  s.result.steps = n.steps;
  s.result.edges = n.edges;
  s.result.orderings = n.orderings;
  s.result.corpus = jobs_.corpus();
  for (const Job& job : jobs_.all()) {
    s.result.jobs.push_back(job.totals);
    s.overlapped[job.kind->name] = job.overlapped;
  }
  s.disagreements = jobs_.disagreements();
  for (const std::string& key : findings_.keys())
    s.result.findings.push_back(finding_in(options_.out, key));
  s.result.exit_status = fatal_status_ != 0                                 ? fatal_status_
                         : interrupted_                                     ? kExitInterrupted
                         : findings_.keys().empty() && s.disagreements == 0 ? kExitNothing
                                                                            : kExitFound;
  return s;
}

}  // namespace

Supervised supervise(const SupervisorOptions& options) {
  RW_CHECK(!options.jobs.empty(), "a supervisor without jobs");
  return Supervisor(options).run();
}

}  // namespace rw::engine
