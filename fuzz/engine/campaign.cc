#include "fuzz/engine/campaign.h"

#include <algorithm>

#include <fmt/format.h>

#include "fuzz/engine/capture.h"
#include "fuzz/engine/clock.h"
#include "fuzz/program/bytes.h"
#include "fuzz/program/generate.h"
#include "fuzz/program/mutate.h"
#include "fuzz/program/text.h"
#include "fuzz/report/summary.h"
#include "fuzz/sync/check.h"
#include "fuzz/verdict/key.h"

namespace rw::engine {
namespace {

using program::Program;

constexpr std::size_t kMaxMutated = 4096;  // bytes an input may grow to
constexpr double kCaptureSeconds = 10;     // for one failure; a livelock's runs are long

// The n-th of 1 1 2 1 1 2 4 1 1 2 1 1 2 4 8 ..., n from 1: how long to go on before one starts
// over, if nobody knows how long it takes (Luby, Sinclair, Zuckerman: Optimal Speedup of Las Vegas
// Algorithms, 1993).
std::uint64_t luby(std::uint64_t n) {
  std::uint64_t length = 1;  // of the sequence's shortest beginning that has the n-th
  while (length < n) length = 2 * length + 1;
  return n == length ? (length + 1) / 2 : luby(n - length / 2);
}

}  // namespace

Campaign::Campaign(CampaignOptions options)
    : options_(std::move(options)),
      prng_(options_.seed),
      corpus_(options_.corpus),
      portfolio_(options_.strategy) {
  RW_CHECK(options_.target != nullptr, "a campaign needs a target");
  if (options_.design.empty()) options_.design = program::open_design(*options_.target);
}

Campaign::~Campaign() = default;

// The target's reach counters, and behind them its axes.
std::span<const std::uint64_t> Campaign::mechanisms() {
  mechanisms_.clear();
  for (const auto& counts : {options_.target->reach_counts(), options_.target->asked_counts()})
    mechanisms_.insert(mechanisms_.end(), counts.begin(), counts.end());
  return mechanisms_;
}

double Campaign::seconds() const {
  return now() - began_;
}

bool Campaign::over() const {
  if (!error_.empty() || (options_.stop && options_.stop())) return true;
  if (enough_) return true;
  if (options_.max_executions != 0 && statistics_.executions >= options_.max_executions)
    return true;
  // However short the time is, something runs.
  return options_.seconds != 0 && statistics_.executions != 0 && seconds() >= options_.seconds;
}

FileError Campaign::run() {
  start_over();
  std::vector<Program> own = read_folder(options_.corpus);
  std::vector<Program> seeds = read_folder(options_.seeds);
  began_ = now();  // reading is not the time that was asked for
  try_all(std::move(own), From::own_corpus);
  try_all(std::move(seeds), From::seeds);
  const bool in_memory = options_.corpus.empty() && options_.seeds.empty();
  while (!over()) {
    if (in_memory && statistics_.executions >= next_start_) start_over();
    try_one(next(), From::campaign);
    // Clocks and shared counters are too dear for every run of a few microseconds.
    if (++since_flush_ % 64 == 0) flush_sometimes();
  }
  statistics_.seconds = seconds();
  if (error_.empty()) error_ = corpus_.flush(2);
  publish();
  return error_;
}

// With an empty corpus. A corpus grows towards what it began with: from one beginning a bug is
// found soon, from another hardly ever (docs/bugs.md has figures).
void Campaign::start_over() {
  corpus_ = Corpus(options_.corpus);
  corpus_.axes_begin_at(static_cast<std::uint32_t>(options_.target->reach().size()));
  coverage_ = Coverage();
  coverage_.begin(mechanisms());
  next_start_ = statistics_.executions + options_.shortest_start * luby(++statistics_.starts);
}

std::vector<Program> Campaign::read_folder(const std::string& folder) {
  if (folder.empty()) return {};
  const auto complain = [this](const std::string& line) {
    if (options_.complain) options_.complain(line);
  };
  // Thousands of files take seconds, on a busy machine many.
  return Corpus::read(folder, *options_.target, complain, [this] { alive(); });
}

// Nothing of the campaign ends meanwhile, and the supervisor must not think that it hangs.
void Campaign::alive() {
  if (options_.shared != nullptr)
    options_.shared->counters().heartbeat.fetch_add(1, std::memory_order_relaxed);
}

void Campaign::try_all(std::vector<Program> programs, From from) {
  for (Program& p : programs) {
    if (over()) return;
    pin_design(p, design_for(prng_.next()));  // whatever design it came with
    try_one(std::move(p), from);
  }
}

// The design that is asked for, or if all of it is open a right one.
program::DesignValues Campaign::design_for(std::uint64_t seed) const {
  const auto& design = options_.design;
  const bool all_open = std::count(design.begin(), design.end(), program::kOpen) ==
                        static_cast<std::ptrdiff_t>(design.size());
  return all_open ? program::sample_right(*options_.target, seed) : design;
}

// A quarter of all programs are new; the others come from the corpus.
Program Campaign::next() {
  Target& target = *options_.target;
  const std::uint64_t seed = prng_.next();
  const program::DesignValues design = design_for(seed);
  if (corpus_.size() == 0 || prng_.chance(1, 4)) {
    Program p = program::generate(target, design, seed, portfolio_.weights());
    forecast_.expect(p, nullptr);
    return p;
  }
  const Program& parent = corpus_.pick(prng_);
  Program p = prng_.chance(1, 8)
                  ? program::crossover(parent, corpus_.pick(prng_), design, seed, kMaxMutated)
                  : program::mutate(parent, design, seed, kMaxMutated, portfolio_.weights());
  forecast_.expect(p, &parent);
  return p;
}

// What runs next, for whoever survives this process.
void Campaign::put_on_record(const Program& p) {
  if (options_.shared == nullptr) return;
  const std::vector<std::uint8_t> bytes = program::encode(p);
  options_.shared->set_current_input({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  SharedCounters& c = options_.shared->counters();
  c.heartbeat.fetch_add(1, std::memory_order_relaxed);
  c.executions.store(statistics_.executions, std::memory_order_relaxed);
}

void Campaign::try_one(Program p, From from) {
  if (options_.memory) p.memory = *options_.memory;
  if (p.memory == exec::Memory::weak_exact) p.memory = exec::Memory::weak;  // explore's alone
  put_on_record(p);
  // What is stored runs as it stands: it has been redrawn before.
  program::RunRecord* redraw = nullptr;
  if (from == From::campaign)
    redraw = options_.shared != nullptr ? &options_.shared->run_record() : &own_record_;
  const exec::Result result =
      engine::run(p, {.mode = options_.mode, .thread_log = thread_log(), .redraw = redraw});
  statistics_.executions += 1 + result.profile_runs;
  statistics_.steps += result.steps;
  forecast_.saw(p, result);
  statistics_.overlapped += result.overlapped ? 1 : 0;
  const bool fresh = coverage_.absorb(mechanisms()) != 0;
  bool found = false;
  if (result.failure) {
    statistics_.failures++;
    found = meet(redraw != nullptr ? program::as_run(p, *redraw) : p, *result.failure);
    // What confirming and shrinking touched belongs to no new input.
    (void)coverage_.absorb(mechanisms());
  }
  portfolio_.saw(p.schedule, 1 + result.profile_runs, fresh, found);
  if (!result.failure && fresh) {
    if (redraw != nullptr) p = program::without_idle(p, *redraw);
    forecast_.note(p, result);
    corpus_.add(std::move(p), from == From::own_corpus, coverage_.raised());
  }
}

// Whether the failure is a finding.
bool Campaign::meet(const Program& p, const exec::Failure& failure) {
  const std::string seen_key = verdict::key_of(failure);
  if (keys_.contains(seen_key)) return false;
  Finding finding;
  finding.executions = statistics_.executions;
  finding.seconds = seconds();
  if (options_.mode == exec::Mode::threads) {  // it may take long to make sure
    finding.found = found_without_replay(p, failure);
    save(finding);
  }
  std::optional<Found> found = make_sure(p, failure);
  keys_.insert(seen_key);
  if (!found || (found->key != seen_key && !keys_.insert(found->key).second)) return false;
  finding.found = std::move(*found);
  save(finding);
  shrink_finding(finding);
  save(finding);
  findings_.push_back(std::move(finding));
  publish();
  if (options_.found) options_.found(findings_.back());
  enough_ = options_.enough && options_.enough(findings_.back());
  return true;
}

// Where the order of the steps goes in threads mode; null in steered mode.
exec::ThreadLog* Campaign::thread_log() {
  if (options_.mode == exec::Mode::steered) return nullptr;
  if (options_.shared != nullptr) return &options_.shared->thread_log();
  if (own_thread_log_ == nullptr) own_thread_log_ = std::make_unique<exec::ThreadLog>();
  return own_thread_log_.get();
}

// A failure on threads is replayed steered if a schedule can be found that shows the same key.
std::optional<Found> Campaign::make_sure(const Program& p, const exec::Failure& failure) {
  if (options_.mode == exec::Mode::threads) {
    const double deadline = now() + kCaptureSeconds;
    const auto stop = [&] {
      alive();
      return now() > deadline || (options_.stop && options_.stop());
    };
    if (auto captured = capture(p, *thread_log(), same_key(verdict::key_of(failure)),
                                {.around = 2000, .search = 2000, .stop = stop}))
      return std::move(captured->found);
    return found_without_replay(p, failure);
  }
  std::optional<Found> found = confirm(p);
  if (found) return found;
  Found lost = found_without_replay(p, failure);
  lost.own_bug = "the same program run again does not fail";
  return lost;
}

void Campaign::shrink_finding(Finding& finding) {
  Found& found = finding.found;
  finding.size = shrink::size_of(found.program);
  const bool has_list = found.program.schedule.form == program::Schedule::Form::list;
  if (!has_list || !found.own_bug.empty() || options_.shrink_candidates == 0) return;

  const double deadline = now() + options_.shrink_seconds;
  const shrink::Predicate same_key = [&](const Program& p) {
    put_on_record(p);
    return attempt(p, found.key);
  };
  shrink::ShrinkOptions limits;
  limits.max_candidates = options_.shrink_candidates;
  limits.stop = [&] { return now() > deadline || (options_.stop && options_.stop()); };
  const shrink::Shrunk shrunk = shrink::shrink(found.program, same_key, limits);
  if (!shrunk.reproduced) return;

  std::optional<Found> smaller = confirm(shrunk.program);
  if (!smaller || smaller->key != found.key || !smaller->own_bug.empty()) return;
  found = std::move(*smaller);
  finding.size = shrink::size_of(found.program);
}

// Writes the summary first: whoever sees the program finds the summary beside it.
void Campaign::save(Finding& finding) {
  if (options_.out.empty() || !error_.empty()) return;
  const std::string stem = options_.out + "/" + finding.found.key;
  finding.file = stem + ".race";
  Program p = finding.found.program;
  if (!finding.found.own_bug.empty())
    add_comment(p, "BUG IN RACEWALK, please report: " + finding.found.own_bug);
  else if (options_.mode == exec::Mode::threads &&
           p.schedule.form == program::Schedule::Form::generator)
    add_comment(p, "Seen on real threads only: replay with --mode threads --times 1000");
  error_ = write_whole(stem + ".txt", summary_of(finding, options_.command));
  if (error_.empty()) error_ = write_whole(finding.file, program::print(p));
}

void Campaign::publish() {
  if (options_.shared == nullptr) return;
  SharedCounters& c = options_.shared->counters();
  c.executions.store(statistics_.executions, std::memory_order_relaxed);
  c.steps.store(statistics_.steps, std::memory_order_relaxed);
  c.overlapped.store(statistics_.overlapped, std::memory_order_relaxed);
  c.edges.store(coverage_.edges(), std::memory_order_relaxed);
  c.orderings.store(coverage_.orderings(), std::memory_order_relaxed);
  c.corpus.store(corpus_.size(), std::memory_order_relaxed);
  c.findings.store(findings_.size(), std::memory_order_relaxed);
  if (findings_.empty()) return;
  c.found_executions.store(findings_.back().executions, std::memory_order_relaxed);
  c.found_milliseconds.store(static_cast<std::uint64_t>(findings_.back().seconds * 1000),
                             std::memory_order_relaxed);
}

void Campaign::flush_sometimes() {
  publish();
  if (seconds() < next_flush_) return;
  if (error_.empty()) error_ = corpus_.flush(0.1);
  next_flush_ = seconds() + 1;
}

std::string summary_of(const Finding& finding, const std::string& command, unsigned width,
                       bool color) {
  report::Summary summary;
  summary.program = program::print(finding.found.program);
  summary.failure = &finding.found.failure;
  summary.trace = finding.found.trace.events.empty() ? nullptr : &finding.found.trace;
  summary.key = finding.found.key;
  summary.file = finding.file;
  summary.command = command;
  summary.table = {.width = width, .color = color};
  std::string text = report::summary(summary);
  if (!finding.found.own_bug.empty())
    text += fmt::format("BUG IN RACEWALK, please report: {}\n", finding.found.own_bug);
  return text;
}

}  // namespace rw::engine
