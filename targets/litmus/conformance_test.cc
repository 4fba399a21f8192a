// The weak memory models against every litmus row.
#include <gtest/gtest.h>

#include <string>

#include "fuzz/engine/conformance.h"

namespace {

using namespace rw;

// What the machine cannot show: load buffering.
bool is_known_gap(const std::string& id) {
  return id == "L21" || id == "L25";
}

#if defined(RACEWALK_ASAN) || defined(RACEWALK_TSAN)
constexpr std::uint64_t kExecutions = 3'000;
#else
constexpr std::uint64_t kExecutions = 50'000;
#endif

TEST(WeakMemory, ShowsWhatTheModelsAllowAndNothingElse) {
  unsigned complete = 0;
  for (const ConformanceRow& row : conformance_rows()) {
    engine::ConformanceOptions options;
    options.memory = row.kernel ? exec::Memory::lkmm : exec::Memory::weak_exact;
    options.max_executions = kExecutions;
    const engine::Conformance c = engine::check_row(row, options);
    EXPECT_EQ(c.other_failure, "") << row.id;
    if (is_known_gap(row.id))
      EXPECT_EQ(c.shown, 0U) << row.id << " is no gap any more: say so in docs/memory.md";
    else
      EXPECT_TRUE(c.right(row.verdict)) << row.id << " " << row.name << ": shown " << c.shown
                                        << ", raced " << c.races << " of " << c.executions;
    complete += c.complete ? 1 : 0;
  }
  EXPECT_GE(complete, 135U) << "of 144 rows that are explored to the end";
}

// 20,000 executions of a campaign's: docs/memory.md.
TEST(WeakMemory, ACampaignsSchedulesMeetEveryAllowedOutcome) {
  for (const ConformanceRow& row : conformance_rows()) {
    if (row.verdict == ModelVerdict::forbidden || is_known_gap(row.id)) continue;
    engine::ConformanceOptions options;
    options.memory = row.kernel ? exec::Memory::lkmm : exec::Memory::weak_exact;
    options.samples = 20'000;
    EXPECT_GT(engine::sample_row(row, options).first_shown, 0U) << row.id << " " << row.name;
  }
}

// The rules with one view for all seq_cst operations, which campaigns use.
TEST(WeakMemory, ACampaignsSchedulesMeetNoForbiddenOutcome) {
  for (const ConformanceRow& row : conformance_rows()) {
    if (row.verdict != ModelVerdict::forbidden) continue;
    engine::ConformanceOptions options;
    options.memory = row.kernel ? exec::Memory::lkmm : exec::Memory::weak;
    options.samples = kExecutions / 50;
    const engine::Conformance c = engine::sample_row(row, options);
    EXPECT_TRUE(c.right(row.verdict)) << row.id << " " << row.name << c.other_failure;
    EXPECT_GE(c.executions, options.samples) << row.id;
  }
}

TEST(SequentialConsistency, ShowsNoOutcomeThatNeedsAStaleLoad) {
  for (const ConformanceRow& row : conformance_rows()) {
    if (std::string(row.id) != "C7" && std::string(row.id) != "L10") continue;
    const engine::Conformance c = engine::check_row(row, {});
    EXPECT_TRUE(c.complete);
    EXPECT_EQ(c.shown, 0U) << row.id;
  }
}

}  // namespace
