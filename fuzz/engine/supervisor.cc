#include "fuzz/engine/supervisor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "fuzz/engine/death.h"
#include "fuzz/engine/exit_status.h"
#include "fuzz/engine/files.h"
#include "fuzz/engine/progress.h"
#include "fuzz/engine/rescue.h"
#include "fuzz/engine/shared_state.h"
#include "fuzz/engine/worker_process.h"
#include "fuzz/program/prng.h"
#include "fuzz/sync/check.h"

namespace rw::engine {
namespace {

constexpr double kPoll = 0.05;        // seconds between looks at the workers
constexpr double kStopGrace = 3;      // a worker asked to stop gets so long
constexpr unsigned kFalseStarts = 3;  // deaths in a row without one run: the job is given up

double now() {
  const std::chrono::duration<double> t = std::chrono::steady_clock::now().time_since_epoch();
  return t.count();
}

struct Job {
  const JobKind* kind;
  report::FuzzJob totals;  // of workers that have ended
  unsigned running = 0;
  double given = 0;  // seconds handed out
  unsigned false_starts = 0;
  bool given_up = false;
};

// One worker that runs.
struct Worker {
  Job* job = nullptr;
  WorkerProcess process;
  std::unique_ptr<SharedState> shared;
  std::string state_file, log;
  double began = 0;
  double seconds = 0;           // of its slice
  std::uint64_t heartbeat = 0;  // last seen
  double heartbeat_at = 0;
  bool hanging = false;  // killed for it
};

class Supervisor {
 public:
  explicit Supervisor(const SupervisorOptions& options)
      : options_(options), line_(options.progress), began_(now()) {}

  Supervised run();

 private:
  double seconds() const { return now() - began_; }
  double left() const { return options_.seconds == 0 ? 1e9 : options_.seconds - seconds(); }
  bool stopping() const { return interrupted_ || fatal_status_ != 0 || left() <= 0; }
  bool prepare();
  void fill();
  bool start(Job& job);
  double slice() const;
  Job* next_job();
  void look_at(Worker& worker);
  void ended(Worker& worker, int wait_status);
  void collect(const Worker& worker);
  void rescue_input(const Worker& worker, const Death& death, const std::string& report);
  void scan_findings(bool announce);
  void stop_all();
  ProgressNumbers numbers() const;
  Supervised results();
  void say(const std::string& text) { line_.say(text); }
  void fail(int status, const std::string& why);

  SupervisorOptions options_;
  ProgressLine line_;
  double began_;
  std::vector<Job> jobs_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::set<std::string> findings_;  // keys of the files in the folder
  std::size_t old_findings_ = 0;
  double next_scan_ = 0;
  std::uint64_t slices_ = 0;
  std::uint64_t most_edges_ = 0, most_orderings_ = 0, most_corpus_ = 0;
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
    const FileError error = make_folder(options_.out + sub);
    if (error.empty()) continue;
    fail(kExitCannotWrite, error);
    return false;
  }
  for (const JobKind* kind : options_.jobs) {
    jobs_.push_back({});
    jobs_.back().kind = kind;
    jobs_.back().totals.name = kind->name;
  }
  if (options_.workers == 0) options_.workers = std::max(1U, std::thread::hardware_concurrency());
  scan_findings(false);
  old_findings_ = findings_.size();
  if (old_findings_ != 0)
    say(fmt::format("{} holds {} finding{} from before; going on\n", options_.out, old_findings_,
                    old_findings_ == 1 ? "" : "s"));
  return true;
}

// Several slices per job, so that jobs share what each has found; not so short that starting costs.
double Supervisor::slice() const {
  if (options_.seconds == 0) return 30;
  const double share = options_.seconds * options_.workers / static_cast<double>(jobs_.size());
  return std::min(std::clamp(share / 3, 2.0, 30.0), std::max(left(), 0.1));
}

// The job that was given the least time, of those that run the fewest workers.
Job* Supervisor::next_job() {
  Job* best = nullptr;
  for (Job& job : jobs_) {
    if (job.given_up) continue;
    if (best == nullptr || job.running < best->running ||
        (job.running == best->running && job.given < best->given))
      best = &job;
  }
  return best;
}

void Supervisor::fill() {
  while (workers_.size() < options_.workers && !stopping()) {
    Job* job = next_job();
    if (job == nullptr) return fail(kExitOwnBug, "no job can run; see the messages above");
    if (!start(*job)) return;
  }
}

bool Supervisor::start(Job& job) {
  const std::uint64_t number = slices_++;
  auto worker = std::make_unique<Worker>();
  worker->job = &job;
  worker->began = worker->heartbeat_at = now();
  worker->seconds = slice();
  const std::string stem = fmt::format("{}/work/{}-{}", options_.out, ::getpid(), number);
  worker->state_file = stem + ".state";
  worker->log = stem + ".log";
  FileError error;
  worker->shared = SharedState::create(worker->state_file, error);
  if (worker->shared == nullptr) return fail(kExitCannotWrite, error), false;

  program::Prng seeds(options_.seed + number);
  std::vector<std::string> arguments = {
      binary_of(*job.kind),
      "worker",
      "--target",
      options_.target->name(),
      "--seed",
      fmt::format("{}", seeds.next()),
      "--time",
      fmt::format("{:.3f}", worker->seconds),
      "--out",
      options_.out,
      "--state",
      worker->state_file,
      "--mode",
      job.kind->mode == exec::Mode::threads ? "threads" : "steered"};
  if (!options_.design.empty()) arguments.insert(arguments.end(), {"--design", options_.design});
  if (!options_.seeds.empty()) arguments.insert(arguments.end(), {"--seeds", options_.seeds});
  arguments.insert(arguments.end(), {"--corpus", options_.out + "/corpus"});
  if (job.kind->cross_check) arguments.push_back("--cross-check");
  std::optional<WorkerProcess> process = WorkerProcess::start(arguments, worker->log, error);
  if (!process) return fail(kExitCannotWrite, error), false;
  worker->process = std::move(*process);
  job.running++;
  job.given += worker->seconds;
  workers_.push_back(std::move(worker));
  return true;
}

void Supervisor::look_at(Worker& worker) {
  const std::uint64_t beat = worker.shared->counters().heartbeat.load(std::memory_order_relaxed);
  if (beat != worker.heartbeat) {
    worker.heartbeat = beat;
    worker.heartbeat_at = now();
  } else if (now() - worker.heartbeat_at > options_.hang_seconds && !worker.hanging) {
    worker.hanging = true;
    worker.process.signal(SIGKILL);
  }
}

void Supervisor::collect(const Worker& worker) {
  const SharedCounters& c = worker.shared->counters();
  worker.job->totals.executions += c.executions.load();
  worker.job->totals.steps += c.steps.load();
  worker.job->totals.seconds += now() - worker.began;
  worker.job->running--;
  most_edges_ = std::max(most_edges_, c.edges.load());
  most_orderings_ = std::max(most_orderings_, c.orderings.load());
  most_corpus_ = std::max(most_corpus_, c.corpus.load());
}

void Supervisor::ended(Worker& worker, int wait_status) {
  collect(worker);
  FileError ignored;
  const std::string report = read_whole(worker.log, ignored).value_or("");
  const Death death = classify(wait_status, report, worker.hanging);
  const bool ran = worker.shared->current_input().has_value();
  worker.job->false_starts = ran ? 0 : worker.job->false_starts + 1;

  switch (death.kind) {
    case DeathKind::finished:
      worker.job->false_starts = 0;
      if (!report.empty()) say(report);  // complaints about foreign files
      break;
    case DeathKind::cannot_write:
      fail(kExitCannotWrite, report);
      break;
    case DeathKind::usage:
      fail(kExitOwnBug, death.message + "\n" + report);
      break;
    default:
      if (ran) {
        rescue_input(worker, death, report);
      } else if (worker.job->false_starts >= kFalseStarts) {
        worker.job->given_up = true;
        say(fmt::format("{} does not start ({}); it is left out:\n{}\n", worker.job->kind->name,
                        death.message, report.substr(0, 2000)));
      }
  }
  ::unlink(worker.state_file.c_str());
  ::unlink(worker.log.c_str());
}

void Supervisor::rescue_input(const Worker& worker, const Death& death, const std::string& report) {
  Rescue rescue;
  rescue.target = options_.target;
  rescue.input = *worker.shared->current_input();
  rescue.death = death;
  rescue.report = report;
  rescue.job = worker.job->kind->name;
  rescue.mode = worker.job->kind->mode;
  rescue.out = options_.out;
  rescue.command = binary_of(*worker.job->kind);
  const Rescued saved = save_input(rescue);
  if (!saved.error.empty()) return fail(kExitCannotWrite, saved.error);
  if (death.kind == DeathKind::own_bug)
    fail(kExitOwnBug, fmt::format("{}{}: its input is {}", report, death.message, saved.file));
  else
    say(fmt::format("{}: {}; input saved as {}\n", worker.job->kind->name, death.message,
                    saved.file));
}

// New files in the folder are findings; whoever wrote one wrote its picture first.
void Supervisor::scan_findings(bool announce) {
  for (const std::string& name : list_folder(options_.out)) {
    if (!name.ends_with(".race")) continue;
    const std::string key = name.substr(0, name.size() - 5);
    if (!findings_.insert(key).second || !announce) continue;
    FileError ignored;
    const std::string text =
        read_whole(fmt::format("{}/{}.txt", options_.out, key), ignored).value_or("");
    say(fmt::format("\n{}\n", text.empty() ? options_.out + "/" + name : text));
  }
}

ProgressNumbers Supervisor::numbers() const {
  ProgressNumbers n;
  n.seconds = seconds();
  n.edges = most_edges_;
  n.orderings = most_orderings_;
  n.findings = findings_.size();
  for (const Job& job : jobs_) {
    n.executions += job.totals.executions;
    n.steps += job.totals.steps;
  }
  for (const auto& worker : workers_) {
    const SharedCounters& c = worker->shared->counters();
    n.executions += c.executions.load();
    n.steps += c.steps.load();
    n.edges = std::max(n.edges, c.edges.load());
    n.orderings = std::max(n.orderings, c.orderings.load());
    n.job += (n.job.empty() ? "" : " + ") + std::string(worker->job->kind->name);
  }
  return n;
}

// Workers end by themselves when their slice is over; those that do not are told to, then killed.
void Supervisor::stop_all() {
  for (const auto& worker : workers_) worker->process.signal(SIGTERM);
  const double deadline = now() + kStopGrace;
  while (!workers_.empty() && now() < deadline) {
    std::erase_if(workers_, [this](const std::unique_ptr<Worker>& worker) {
      const std::optional<int> status = worker->process.poll();
      if (status) ended(*worker, *status);
      return status.has_value();
    });
    ::usleep(10'000);
  }
  for (const auto& worker : workers_) {
    collect(*worker);
    ::unlink(worker->state_file.c_str());
    ::unlink(worker->log.c_str());
  }
  workers_.clear();  // kills and reaps
}

Supervised Supervisor::run() {
  if (!prepare()) return results();
  while (!stopping()) {
    fill();
    std::erase_if(workers_, [this](const std::unique_ptr<Worker>& worker) {
      look_at(*worker);
      const std::optional<int> status = worker->process.poll();
      if (status) ended(*worker, *status);
      return status.has_value();
    });
    if (seconds() >= next_scan_) {
      scan_findings(true);
      next_scan_ = seconds() + 0.5;
    }
    line_.update(numbers());
    ::usleep(static_cast<useconds_t>(kPoll * 1e6));
    interrupted_ = options_.stop && options_.stop();
  }
  stop_all();
  scan_findings(true);
  line_.finish(numbers());
  return results();
}

Supervised Supervisor::results() {
  Supervised s;
  const ProgressNumbers n = numbers();
  s.error = fatal_;
  s.result.target = options_.target->name();
  s.result.seed = options_.seed;
  s.result.seconds = n.seconds;
  s.result.interrupted = interrupted_;
  s.result.executions = n.executions;
  s.result.steps = n.steps;
  s.result.edges = n.edges;
  s.result.orderings = n.orderings;
  s.result.corpus = most_corpus_;
  for (const Job& job : jobs_) s.result.jobs.push_back(job.totals);
  for (const std::string& key : findings_)
    s.result.findings.push_back(finding_in(options_.out, key));
  s.result.exit_status = fatal_status_ != 0  ? fatal_status_
                         : interrupted_      ? kExitInterrupted
                         : findings_.empty() ? kExitNothing
                                             : kExitFound;
  return s;
}

}  // namespace

Supervised supervise(const SupervisorOptions& options) {
  RW_CHECK(!options.jobs.empty(), "a supervisor without jobs");
  return Supervisor(options).run();
}

}  // namespace rw::engine
