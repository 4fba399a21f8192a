// What the tests of mm share: programs as text, run under their own schedule or many drawn ones.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>

#include "fuzz/exec/execution.h"
#include "fuzz/program/design.h"
#include "fuzz/program/program.h"
#include "fuzz/program/text.h"
#include "fuzz/program/workload.h"
#include "fuzz/schedule/strategies.h"
#include "targets/mm/reach.h"
#include "targets/mm/target.h"

namespace rw::mm::test {

// `design`: words as `--design` takes them, on top of the default; `body`: from "setup:" on.
inline program::Program program_of(const std::string& design, const std::string& body) {
  const auto values = program::parse_design(target(), design, program::default_design(target()));
  EXPECT_TRUE(values.ok()) << design;
  program::DesignValues right = values.value();
  for (auto& value : right)
    if (value == program::kOpen) value = 0;
  const std::string text =
      "# racewalk 1\ntarget: mm\ndesign: " + program::design_text(target(), right) +
      "\nmemory: sc\n" + body;
  auto parsed = program::parse(text, "test", all_targets());
  if (!parsed.ok()) {
    ADD_FAILURE() << parsed.error().text() << "\n" << text;
    return {};
  }
  return parsed.value();
}

inline bool is_right(const std::string& design) {
  const auto values = program::parse_design(target(), design, program::default_design(target()));
  return values.ok() && program::verdict(target(), values.value()).right();
}

// How often a mechanism was reached so far.
inline std::uint64_t count_of(reach_counter mechanism) {
  return target().reach_counts()[static_cast<unsigned>(mechanism)];
}

inline exec::Result run_with(const program::Program& p, exec::Strategy& strategy,
                             exec::Granularity granularity = exec::Granularity::coarse) {
  program::ProgramWorkload workload(p);
  exec::Settings settings;
  settings.granularity = granularity;
  return exec::run(workload, settings, &strategy);
}

inline std::string describe(const exec::Result& r) {
  return r.failure ? r.failure->kind + ": " + r.failure->message : "nothing";
}

// Runs the body's schedule, which must be a list. Returns the failure's kind, "" if there is none.
inline std::string replay(const std::string& design, const std::string& body) {
  const program::Program p = program_of(design, body);
  schedule::Replay strategy(p.schedule.decisions);
  const exec::Result r = run_with(p, strategy);
  // A failure ends the run before its schedule does; a run without one must have followed it.
  if (!r.failure && strategy.divergence()) return "diverged: " + strategy.divergence()->why;
  return r.failure ? r.failure->kind : "";
}

// How often a run of the body's schedule, which must not fail, reached the mechanism.
inline std::uint64_t reached_in(const std::string& design, const std::string& body,
                                reach_counter mechanism) {
  const std::uint64_t before = count_of(mechanism);
  EXPECT_EQ(replay(design, body), "") << body;
  return count_of(mechanism) - before;
}

// Runs `p` under each strategy that draws from a seed, `seeds` times. Returns the first failure.
inline std::optional<exec::Failure> search(
    const program::Program& p, unsigned seeds,
    exec::Granularity granularity = exec::Granularity::coarse) {
  for (unsigned seed = 1; seed <= seeds; ++seed)
    for (const auto& info : schedule::strategies()) {
      if (info.uses_stream()) continue;
      const auto strategy = info.make({.seed = seed});
      exec::Result r = run_with(p, *strategy, granularity);
      if (r.failure) return r.failure;
    }
  return std::nullopt;
}

}  // namespace rw::mm::test
