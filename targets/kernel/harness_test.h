// For the tests of the primitives: runs a small program many times, steered and on threads, and
// collects what came out. (Tests may include the engine; the primitives may not.)
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fuzz/exec/execution.h"
#include "fuzz/schedule/strategies.h"
#include "targets/kernel/kernel.h"

namespace rw::kernel::test {

using exec::Granularity;

// For bodies: what does not hold fails the execution with `what`.
inline void expect(bool holds, const char* what) {
  if (!holds) sync::fail("invariant", {what}, what);
}

// A program over a world W, which is made anew in the arena for each execution. Each body is one
// op.
template <typename W>
struct Program {
  execution_options options;
  std::function<void(W&)> init;
  std::vector<std::function<void(W&)>> bodies;
  std::function<std::string(W&)> outcome;  // runs when all tasks have ended
};

// What many executions gave.
struct Seen {
  unsigned executions = 0;
  std::map<std::string, unsigned> failures;      // by kind
  std::map<std::string, exec::Failure> example;  // the first of each kind
  std::map<std::string, unsigned> outcomes;      // of executions that did not fail

  bool clean() const { return failures.empty(); }
  std::set<std::string> outcome_set() const {
    std::set<std::string> all;
    for (const auto& [text, count] : outcomes) all.insert(text);
    return all;
  }
  std::string in_words() const {
    std::string all;
    for (const auto& [kind, count] : failures)
      all += kind + " x" + std::to_string(count) + ": " + example.at(kind).message + "\n";
    return all.empty() ? "no failure" : all;
  }
};

template <typename W>
struct Runner : exec::Workload {
  explicit Runner(const Program<W>& p) : program(p) {}

  unsigned task_count() const override { return static_cast<unsigned>(program.bodies.size()); }
  void setup() override {
    begin_execution(program.options);
    world = sync::make<W>();
    if (program.init) program.init(*world);
  }
  void task(unsigned t) override {
    exec::op_begins(0, [] { return std::string("op"); });
    program.bodies[t](*world);
    op_end();
    exec::op_ends(nullptr);
  }
  void finish() override {
    kernel::finish();
    if (program.outcome) outcome = program.outcome(*world);
  }

  const Program<W>& program;
  W* world = nullptr;
  std::string outcome;
};

inline void count(Seen& seen, const exec::Result& result, const std::string& outcome) {
  ++seen.executions;
  if (result.failure) {
    ++seen.failures[result.failure->kind];
    seen.example.try_emplace(result.failure->kind, *result.failure);
  } else {
    ++seen.outcomes[outcome];
  }
}

// Steered: `seeds` executions with each strategy that draws its decisions from a seed.
template <typename W>
Seen explore(const Program<W>& program, Granularity granularity, unsigned seeds = 300) {
  Seen seen;
  Runner<W> runner(program);
  exec::Settings settings;
  settings.granularity = granularity;
  for (const schedule::StrategyInfo& info : schedule::strategies()) {
    if (info.uses_stream()) continue;
    for (unsigned seed = 0; seed < seeds; ++seed) {
      const auto strategy = info.make({.seed = seed});
      runner.outcome.clear();
      count(seen, exec::run(runner, settings, strategy.get()), runner.outcome);
    }
  }
  return seen;
}

// On real threads, with jitter that differs from run to run.
template <typename W>
Seen on_threads(const Program<W>& program, unsigned runs = 150) {
  Seen seen;
  Runner<W> runner(program);
  exec::Settings settings;
  settings.mode = exec::Mode::threads;
  std::array<std::uint8_t, 61> jitter;
  std::uint32_t x = 12345;
  for (unsigned i = 0; i < runs; ++i) {
    for (auto& b : jitter) b = static_cast<std::uint8_t>((x = x * 1664525 + 1013904223) >> 24);
    settings.jitter = jitter;
    runner.outcome.clear();
    count(seen, exec::run(runner, settings, nullptr), runner.outcome);
  }
  return seen;
}

inline constexpr Granularity kBoth[] = {Granularity::coarse, Granularity::fine};

// No failure at either granularity nor on threads; every outcome is one of `allowed`, and at both
// granularities each of them is seen.
#define EXPECT_SILENT(program, ...)                                                              \
  do {                                                                                           \
    const std::set<std::string> allowed{__VA_ARGS__};                                            \
    for (const auto granularity : ::rw::kernel::test::kBoth) {                                   \
      const auto seen = ::rw::kernel::test::explore(program, granularity);                       \
      EXPECT_TRUE(seen.clean()) << seen.in_words();                                              \
      EXPECT_EQ(seen.outcome_set(), allowed) << "granularity " << static_cast<int>(granularity); \
    }                                                                                            \
    const auto threads = ::rw::kernel::test::on_threads(program);                                \
    EXPECT_TRUE(threads.clean()) << threads.in_words();                                          \
    for (const auto& text : threads.outcome_set()) EXPECT_TRUE(allowed.contains(text)) << text;  \
  } while (false)

// Failures of that kind, and of no other, at both granularities.
#define EXPECT_CAUGHT(program, kind)                                       \
  do {                                                                     \
    for (const auto granularity : ::rw::kernel::test::kBoth) {             \
      const auto seen = ::rw::kernel::test::explore(program, granularity); \
      EXPECT_EQ(seen.failures.size(), 1U) << seen.in_words();              \
      EXPECT_TRUE(seen.failures.contains(kind)) << seen.in_words();        \
    }                                                                      \
  } while (false)

// The same, for a misuse that fails on real threads in every run as well.
#define EXPECT_CAUGHT_ALWAYS(program, kind)                             \
  do {                                                                  \
    EXPECT_CAUGHT(program, kind);                                       \
    const auto threads = ::rw::kernel::test::on_threads(program, 20);   \
    EXPECT_EQ(threads.failures.size(), 1U) << threads.in_words();       \
    EXPECT_TRUE(threads.failures.contains(kind)) << threads.in_words(); \
    EXPECT_TRUE(threads.outcomes.empty());                              \
  } while (false)

}  // namespace rw::kernel::test
