#include "fuzz/engine/capture.h"

#include <gtest/gtest.h>

#include "fuzz/engine/on_threads.h"
#include "fuzz/exec/fiber.h"
#include "fuzz/program/text.h"
#include "fuzz/verdict/key.h"

namespace rw::engine {
namespace {

program::Program puzzle(const std::string& name) {
  auto loaded = program::load(RACEWALK_SOURCE_DIR "/repro/puzzles/" + name + ".race");
  EXPECT_TRUE(loaded.ok()) << name;
  return std::move(loaded.value());
}

// Failures that threads show within some hundreds of executions: `abba` by tasks that wait,
// `endless_drain` by a count of steps, the rest by an oracle of their own.
TEST(Capture, WhatFailedOnThreadsFailsEveryTimeSteered) {
  if (!exec::fiber_survives_fork()) GTEST_SKIP() << "TSan: only as the first test of a process";
  for (const char* name : {"abba", "canary", "endless_drain", "lost_object", "torn_read"}) {
    if (!exec::fiber_survives_fork()) break;  // TSan: one run in a process is all that goes
    const program::Program p = puzzle(name);
    const OnThreads met =
        run_on_threads(p, {.executions = 200'000, .seconds = 60, .stop = {}, .progress = {}});
    if (!met.failed) continue;  // on a single core hardly anything meets
    ASSERT_TRUE(met.wanted) << name << ": " << met.report;
    const std::optional<Captured> captured = capture(p, *met.log, met.wanted, {});
    ASSERT_TRUE(captured) << name << " failed with " << met.key;
    EXPECT_EQ(captured->found.own_bug, "");
    EXPECT_TRUE(met.wanted(captured->found.failure)) << name;
    for (int i = 0; i < 20; ++i) {
      const exec::Result again = run(captured->found.program, {});
      ASSERT_TRUE(again.failure) << name;
      EXPECT_EQ(verdict::key_of(*again.failure), captured->found.key);
      EXPECT_EQ(again.trace_hash, captured->found.trace_hash);
    }
  }
}

// The same from a log made by hand: it does not depend on what threads do here.
TEST(Capture, FollowsALogThatWasWrittenByAnotherProcess) {
  if (!exec::fiber_survives_fork()) GTEST_SKIP() << "TSan: only as the first test of a process";
  const program::Program p = puzzle("canary");
  const OnThreads met =
      run_on_threads(p, {.executions = 100'000, .seconds = 60, .stop = {}, .progress = {}});
  ASSERT_TRUE(met.failed) << "canary fails in any order";
  EXPECT_GT(met.log->count[0], 0U);
  const std::optional<Captured> captured = capture(p, *met.log, met.wanted, {});
  ASSERT_TRUE(captured);
  EXPECT_EQ(captured->by, CapturedBy::log);
  EXPECT_EQ(captured->runs, 1U);
}

TEST(Capture, WhatDoesNotFailIsNotCaptured) {
  const program::Program p = puzzle("abba");
  static const exec::ThreadLog nothing{};
  EXPECT_FALSE(capture(p, nothing, same_key("k1-deadlock-00000000"),
                       {.around = 50, .search = 50, .stop = {}}));
}

TEST(RunOnThreads, EndsWithoutAFailureAtItsLimit) {
  if (!exec::fiber_survives_fork()) GTEST_SKIP() << "TSan: only as the first test of a process";
  program::Program p = puzzle("abba");
  p.tasks.resize(1);  // nobody to meet
  program::normalise(p);
  const OnThreads met = run_on_threads(p, {.executions = 25, .stop = {}, .progress = {}});
  EXPECT_FALSE(met.failed) << met.report;
  EXPECT_EQ(met.executions, 25U);
}

TEST(SameDeath, KnowsOurKindsForWhatASanitizerSays) {
  const auto failure = [](const char* kind) {
    exec::Failure f;
    f.kind = kind;
    return f;
  };
  Death death;
  death.kind = DeathKind::sanitizer;
  death.what = "heap-use-after-free";
  EXPECT_TRUE(same_death(death)(failure("use-after-free")));
  EXPECT_FALSE(same_death(death)(failure("data-race")));
  death.what = "data-race";
  EXPECT_TRUE(same_death(death)(failure("data-race")));
  death.what = "undefined-behaviour";
  EXPECT_FALSE(same_death(death)) << "there is no kind of ours for it";
}

}  // namespace
}  // namespace rw::engine
