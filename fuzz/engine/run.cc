#include "fuzz/engine/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <sstream>

#include "fuzz/program/design.h"
#include "fuzz/program/prng.h"
#include "fuzz/program/workload.h"
#include "fuzz/schedule/logged.h"
#include "fuzz/schedule/make.h"
#include "fuzz/schedule/profile.h"
#include "fuzz/sync/check.h"
#include "fuzz/verdict/key.h"

namespace rw::engine {
namespace {

using program::Program;
using program::Schedule;

constexpr std::size_t kJitterBytes = 64;

// Delays for threads mode: the schedule's own bytes, or its seed spread out.
std::array<std::uint8_t, kJitterBytes> jitter_of(const Schedule& schedule) {
  std::array<std::uint8_t, kJitterBytes> bytes{};
  program::Prng prng(schedule.seed);
  for (std::size_t i = 0; i < bytes.size(); i++)
    bytes[i] = schedule.stream.empty() ? static_cast<std::uint8_t>(prng.next())
                                       : schedule.stream[i % schedule.stream.size()];
  return bytes;
}

exec::Settings settings_of(const Program& p, const RunOptions& options) {
  exec::Settings settings;
  settings.mode = options.mode;
  settings.granularity = p.granularity;
  settings.memory = p.memory;
  settings.record_trace = options.record_trace;
  settings.races_go_on = options.races_go_on;
  return settings;
}

}  // namespace

exec::Result run(const Program& p, const RunOptions& options,
                 std::optional<schedule::Divergence>* divergence) {
  std::optional<program::Redraw> redraw;
  if (options.redraw != nullptr) redraw.emplace(p, *options.redraw);
  program::ProgramWorkload workload(p, redraw ? &*redraw : nullptr);
  exec::Settings settings = settings_of(p, options);
  if (options.mode == exec::Mode::threads) {
    const auto jitter = jitter_of(p.schedule);
    settings.jitter = jitter;
    settings.thread_log = options.thread_log;
    return exec::run(workload, settings, nullptr);
  }
  const auto run_under = [&](exec::Workload& work, exec::Strategy& strategy) {
    if (!options.log) return exec::run(work, settings, &strategy);
    schedule::Logged logged(strategy, options.log);
    return exec::run(work, settings, &logged);
  };
  if (options.strategy != nullptr) return run_under(workload, *options.strategy);
  if (p.schedule.form == Schedule::Form::list) {
    schedule::Replay replay(p.schedule.decisions);
    exec::Result result = run_under(workload, replay);
    if (divergence == nullptr) return result;
    *divergence = replay.divergence();
    if (!*divergence && result.impossible)
      *divergence = schedule::Divergence{
          .step = result.steps,
          .why = "C++20 has no such execution: its seq_cst operations fit into no order"};
    return result;
  }
  const auto strategies = schedule::strategies();
  RW_CHECK(p.schedule.strategy < strategies.size(), "a program names a strategy that is not there");
  if (strategies[p.schedule.strategy].input != schedule::Input::profile)
    return run_under(workload, *program::strategy_of(p.schedule));

  // Once to make the profile, which may fail as well as any run; then what was drawn in it stays.
  const auto delay = schedule::make_delay5({.seed = p.schedule.seed, .steps = p.schedule.steps});
  schedule::Profiler profiler(*delay);
  exec::Result first = run_under(workload, profiler);
  if (first.failure) return first;
  const schedule::Profile profile = profiler.profile();
  const Program drawn = redraw ? program::as_run(p, *options.redraw) : p;
  program::ProgramWorkload again(drawn);
  const auto strategy = program::strategy_of(p.schedule, &profile);
  exec::Result second = run_under(again, *strategy);
  second.profile_runs = 1;
  second.steps += first.steps;
  second.races += first.races;
  return second;
}

std::string in_words(const schedule::Divergence& divergence, const exec::Trace& trace) {
  std::uint32_t before = 0;  // steps of set-up
  for (const exec::Event& e : trace.events)
    if (e.phase == 0) before = e.step;
  return fmt::format("step {}: {}", before + divergence.step + 1, divergence.why);
}

std::optional<Found> confirm(const Program& p) {
  exec::Result first = run(p, {.record_trace = true});
  if (!first.failure) return std::nullopt;

  Found found;
  found.program = p;
  found.program.remarks.clear();
  found.key = verdict::key_of(*first.failure);
  found.program.expect = first.failure->kind;
  found.program.key = found.key;
  found.trace_hash = first.trace_hash;

  Program list = found.program;
  const bool as_it_is = shrink::keeps_its_list(p, first.decisions);
  if (!as_it_is) {
    list.schedule = {};
    list.schedule.form = Schedule::Form::list;
    list.schedule.decisions = std::move(first.decisions);
  }
  std::optional<schedule::Divergence> divergence;
  const exec::Result second = run(list, {}, &divergence);
  if (divergence && !as_it_is)
    found.own_bug = fmt::format("the replay of its decisions diverged at step {}: {}",
                                divergence->step, divergence->why);
  else if (!second.failure)
    found.own_bug = "the replay of its decisions does not fail";
  else if (verdict::key_of(*second.failure) != found.key)
    found.own_bug = fmt::format("the replay of its decisions fails with key {}",
                                verdict::key_of(*second.failure));
  else if (second.trace_hash != first.trace_hash)
    found.own_bug = "the replay of its decisions has another trace hash";
  else
    found.program = std::move(list);

  found.failure = std::move(*first.failure);
  found.trace = std::move(first.trace);
  return found;
}

std::optional<Found> search_schedules(const Program& p, std::uint64_t executions,
                                      std::uint64_t seed, const Wanted& wanted) {
  program::Prng prng(seed);
  const auto strategies = schedule::strategies();
  Program candidate = p;
  for (std::uint64_t i = 0; i < executions; i++) {
    candidate.schedule = {};
    candidate.schedule.strategy = static_cast<std::uint8_t>(i % strategies.size());
    candidate.schedule.seed = prng.next();
    if (strategies[candidate.schedule.strategy].uses_stream()) {
      candidate.schedule.stream.resize(64);
      for (std::uint8_t& byte : candidate.schedule.stream)
        byte = static_cast<std::uint8_t>(prng.next());
    }
    const exec::Result result = run(candidate, {});
    if (result.failure && (!wanted || wanted(*result.failure))) return confirm(candidate);
  }
  return std::nullopt;
}

shrink::Attempt attempt(const Program& p, const std::string& key) {
  const exec::Result plain = run(p, {});
  if (!plain.failure || (!key.empty() && verdict::key_of(*plain.failure) != key)) return {};
  // Most candidates do not fail; only those that do pay for a trace.
  exec::Result traced = run(p, {.record_trace = true});
  return {.same_key = true, .decisions = std::move(traced.decisions), .switches = traced.switches};
}

void pin_design(Program& p, Design design) {
  for (std::size_t axis = 0; axis < design.size() && axis < p.design.size(); axis++)
    if (design[axis] != program::kOpen) p.design[axis] = design[axis];
}

void add_comment(Program& p, const std::string& text) {
  constexpr std::size_t kWidth = 100;
  const auto add_line = [&p](const std::string& line) {
    Program::Remark remark;
    remark.before = 1;  // below "# racewalk 1"
    remark.line = line;
    auto at = std::find_if(p.remarks.begin(), p.remarks.end(),
                           [](const Program::Remark& r) { return r.before > 1; });
    p.remarks.insert(at, remark);
  };
  std::istringstream words(text);
  std::string line = "#";
  for (std::string word; words >> word;) {
    std::erase_if(word, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    if (word.empty()) continue;
    word.resize(std::min(word.size(), program::kMaxRemark - 2));
    if (line.size() > 1 && line.size() + 1 + word.size() > kWidth) {
      add_line(line);
      line = "#";
    }
    line += " " + word;
  }
  add_line(line);
}

Found found_without_replay(const Program& p, const exec::Failure& failure) {
  Found found;
  found.program = p;
  found.program.remarks.clear();
  found.failure = failure;
  found.key = verdict::key_of(failure);
  found.program.expect = failure.kind;
  found.program.key = found.key;
  return found;
}

}  // namespace rw::engine
