// Speed of whole executions of the core, and of what a campaign does between them: decoding,
// generating, mutating. The program is corpus/mm/reference.race.
#include <benchmark/benchmark.h>

#include "fuzz/engine/run.h"
#include "fuzz/exec/thread_log.h"
#include "fuzz/program/bytes.h"
#include "fuzz/program/design.h"
#include "fuzz/program/generate.h"
#include "fuzz/program/mutate.h"
#include "fuzz/program/text.h"
#include "fuzz/sync/check.h"

namespace {

using namespace rw;
using program::Program;

Program reference() {
  auto loaded = program::load(RACEWALK_SOURCE_DIR "/corpus/mm/reference.race");
  RW_CHECK(loaded.ok(), "corpus/mm/reference.race cannot be read");
  return std::move(loaded.value());
}

std::uint8_t strategy_named(std::string_view name) {
  const auto all = schedule::strategies();
  for (std::size_t i = 0; i < all.size(); ++i)
    if (name == all[i].name) return static_cast<std::uint8_t>(i);
  RW_CHECK(false, "no such strategy");
  return 0;
}

benchmark::Counter rate(std::uint64_t n) {
  return {static_cast<double>(n), benchmark::Counter::kIsRate};
}

// With reset, set-up, oracles, race and lifetime checks, coverage.
void steered(benchmark::State& state, const char* strategy) {
  Program p = reference();
  p.schedule.strategy = strategy_named(strategy);
  std::uint64_t steps = 0;
  for ([[maybe_unused]] auto _ : state) {
    p.schedule.seed++;
    const exec::Result r = engine::run(p, {});
    if (r.failure) state.SkipWithError(r.failure->message.c_str());
    steps += r.steps;
  }
  state.counters["executions/s"] = rate(static_cast<std::uint64_t>(state.iterations()));
  state.counters["steps/s"] = rate(steps);
  state.counters["steps/execution"] =
      static_cast<double>(steps) / static_cast<double>(state.iterations());
}

// On real threads; `log`: null, or where the order of the steps goes.
void threads(benchmark::State& state, exec::ThreadLog* log) {
  Program p = reference();
  for ([[maybe_unused]] auto _ : state) {
    p.schedule.seed++;
    const exec::Result r = engine::run(p, {.mode = exec::Mode::threads, .thread_log = log});
    if (r.failure) state.SkipWithError(r.failure->message.c_str());
  }
  state.counters["executions/s"] = rate(static_cast<std::uint64_t>(state.iterations()));
}

// What an execution costs before its first step: decode, reset, the target's begin and finish.
void overhead(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    const Program p = program::decode(*find_target("puzzles"), {});
    benchmark::DoNotOptimize(engine::run(p, {}).steps);
  }
}

void decode(benchmark::State& state) {
  const Program p = reference();
  const std::vector<std::uint8_t> bytes = program::encode(p);
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(program::decode(*p.target, bytes));
}

void encode(benchmark::State& state) {
  const Program p = reference();
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(program::encode(p));
}

void parse(benchmark::State& state) {
  const std::string text = program::print(reference());
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(program::parse(text, "reference.race").ok());
}

void generate(benchmark::State& state) {
  Target& target = *reference().target;
  std::uint64_t seed = 0;
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(program::generate(target, {}, seed++));
}

void mutate(benchmark::State& state) {
  const Program p = reference();
  const program::DesignValues design = program::default_design(*p.target);
  std::uint64_t seed = 0;
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(program::mutate(p, design, seed++, 4096));
}

[[maybe_unused]] const int kRegistered = [] {
  benchmark::RegisterBenchmark("reference/random", steered, "random");
  benchmark::RegisterBenchmark("reference/pct3", steered, "pct3");
  benchmark::RegisterBenchmark("reference/pos", steered, "pos");
  static exec::ThreadLog log;
  benchmark::RegisterBenchmark("reference/threads", threads, nullptr)->MeasureProcessCPUTime();
  benchmark::RegisterBenchmark("reference/threads_logged", threads, &log)->MeasureProcessCPUTime();
  benchmark::RegisterBenchmark("overhead", overhead);
  benchmark::RegisterBenchmark("program/decode", decode);
  benchmark::RegisterBenchmark("program/encode", encode);
  benchmark::RegisterBenchmark("program/parse", parse);
  benchmark::RegisterBenchmark("program/generate", generate);
  benchmark::RegisterBenchmark("program/mutate", mutate);
  return 0;
}();

}  // namespace
