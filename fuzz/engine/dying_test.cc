#include "fuzz/engine/dying.h"

#include <gtest/gtest.h>

#include "fuzz/engine/determinism.h"
#include "fuzz/exec/fiber.h"
#include "fuzz/program/prng.h"
#include "fuzz/verdict/key.h"

namespace rw::engine {
namespace {

using program::Program;

TEST(Logged, ItsListReplaysTheRunItWasTakenFrom) {
  program::Prng prng(1);
  unsigned failed = 0;
  for (int i = 0; i < 300; i++) {
    Target& target = *all_targets()[static_cast<std::size_t>(i) % all_targets().size()];
    Program p = random_program(target, prng.next());
    exec::Decisions decisions;
    const exec::Result plain = run(p, {});
    if (plain.failure && plain.failure->kind == "livelock") continue;  // its list is cut
    const exec::Result logged =
        run(p, {.log = [&decisions](const exec::Decisions& so_far) { decisions = so_far; }});
    ASSERT_EQ(plain.trace_hash, logged.trace_hash) << "logging changed run " << i;
    failed += plain.failure ? 1 : 0;
    p.schedule = {};
    p.schedule.form = program::Schedule::Form::list;
    p.schedule.decisions = decisions;
    std::optional<schedule::Divergence> divergence;
    const exec::Result again = run(p, {}, &divergence);
    EXPECT_EQ(again.trace_hash, plain.trace_hash) << "run " << i;
    EXPECT_FALSE(divergence && !decisions.segments.empty()) << "run " << i;
  }
  EXPECT_GT(failed, 5U);
}

TEST(ChildRunner, GivesTheKeyThatARunInThisProcessGives) {
  if (!exec::fiber_survives_fork()) GTEST_SKIP() << "TSan: only as the first test of a process";
  const auto program = [](int i) {
    const auto at = static_cast<std::size_t>(i);
    return random_program(*all_targets()[at % all_targets().size()], program::Prng(at).next());
  };
  constexpr int kRuns = 300;
  std::vector<std::string> keys;
  ChildRunner child;
  for (int i = 0; i < kRuns; i++) {
    const Ending there = child.run(program(i));
    EXPECT_FALSE(there.death) << there.report;
    keys.push_back(there.key);
  }
  int failed = 0;
  for (int i = 0; i < kRuns; i++) {
    const exec::Result here = run(program(i), {});
    EXPECT_EQ(keys[static_cast<std::size_t>(i)], here.failure ? verdict::key_of(*here.failure) : "")
        << "run " << i;
    failed += here.failure ? 1 : 0;
  }
  EXPECT_GT(failed, 5);
}

}  // namespace
}  // namespace rw::engine
