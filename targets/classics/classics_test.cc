// Each published bug is found in its benchmark's program whatever the seed; each fixed twin is
// silent, there and in any program.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <ostream>
#include <set>
#include <string>

#include "fuzz/engine/first_failure.h"
#include "fuzz/engine/run.h"
#include "fuzz/program/design.h"
#include "fuzz/program/generate.h"
#include "fuzz/schedule/strategies.h"
#include "fuzz/verdict/kinds.h"
#include "targets/classics/classic.h"
#include "targets/classics/target.h"

namespace rw {
void PrintTo(const Benchmark& b, std::ostream* out) {  // names, not bytes, when a test fails
  *out << b.name;
}
namespace classics {
void PrintTo(const Classic* c, std::ostream* out) {
  *out << c->name;
}
}  // namespace classics
}  // namespace rw

namespace {

using namespace rw;
using classics::Classic;

#if defined(RACEWALK_ASAN) || defined(RACEWALK_TSAN)
constexpr unsigned kSilent = 50;  // schedules of each strategy in which a fixed twin is silent
constexpr unsigned kDrawn = 200;  // drawn programs in which it is
#else
constexpr unsigned kSilent = 1'000;
constexpr unsigned kDrawn = 2'000;
#endif
constexpr std::uint64_t kSeeds[] = {1, 2, 3};
// Programs with a larger budget take seconds for each seed, or with a sanitizer minutes: SafeStack.
constexpr unsigned kSlow = 20'000;

constexpr std::size_t kTwin = 1;  // the axis; value 0 is the fixed twin

exec::Memory memory_of(std::string_view name) {
  return name == "lkmm"   ? exec::Memory::lkmm
         : name == "weak" ? exec::Memory::weak
                          : exec::Memory::sc;
}

program::Program program_of(const Benchmark& b, bool planted) {
  program::Program p = program::minimal(*b.target);
  p.design = b.design;
  if (!planted) p.design[kTwin] = 0;
  p.memory = memory_of(b.memory);
  p.tasks.clear();
  for (const auto& ops : b.tasks) {
    p.tasks.emplace_back();
    for (const std::uint8_t op : ops) p.tasks.back().push_back({.op = op, .operand = {}});
  }
  if (p.tasks.size() <= program::kMaxCodecTasks) EXPECT_EQ(program::why_invalid(p), "") << b.name;
  return p;
}

const classics::Program& entry_of(const Benchmark& b) {
  for (const Classic* c : classics::all_classics())
    for (const classics::Program& program : c->programs)
      if (std::string_view(program.name) == b.name) return program;
  ADD_FAILURE() << "no entry for " << b.name;
  return classics::all_classics()[0]->programs[0];
}

program::DesignValues design_of(const Classic& c, bool planted) {
  for (const Rule& rule : classics::target().rules()) {
    if (std::string_view(rule.name) != c.name) continue;
    program::DesignValues design = program::hunting_design(classics::target(), rule);
    if (!planted) design[kTwin] = 0;
    return design;
  }
  ADD_FAILURE() << "no rule for " << c.name;
  return {};
}

TEST(Classics, AreEachNamedAsTheirFileAndTheirRule) {
  std::set<std::string> names;
  for (const Classic* c : classics::all_classics()) {
    EXPECT_TRUE(names.insert(c->name).second) << c->name;
    const auto file = std::filesystem::path(RACEWALK_SOURCE_DIR) / "targets/classics" /
                      (std::string(c->name) + ".cc");
    EXPECT_TRUE(std::filesystem::exists(file)) << file;
    for (const char* kind : c->kinds)
      EXPECT_TRUE(kind == nullptr || verdict::is_kind(kind, nullptr)) << kind;
    EXPECT_FALSE(program::verdict(classics::target(), design_of(*c, true)).right()) << c->name;
    EXPECT_TRUE(program::verdict(classics::target(), design_of(*c, false)).right()) << c->name;
  }
}

TEST(Classics, BenchmarksAreNamedOnceAndEachClassicHasOne) {
  std::set<std::string> names;
  std::set<unsigned> drawn;
  for (const Benchmark& b : classics::benchmarks()) {
    EXPECT_TRUE(names.insert(b.name).second) << b.name;
    drawn.insert(b.design[0]);
  }
  EXPECT_EQ(drawn.size(), classics::all_classics().size());
}

TEST(Classics, DrawnProgramsNeverWaitForAMainThread) {
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    const auto design = program::sample_right(classics::target(), seed);
    EXPECT_EQ(design[2], 0) << "threads=created";
  }
}

TEST(Classics, AThreadStartsWhenTheMainThreadHasCreatedIt) {
  // The checker of reorder_3 is created last: if main creates only the setters, nobody checks.
  const Benchmark& b = *std::find_if(
      classics::benchmarks().begin(), classics::benchmarks().end(),
      [](const Benchmark& each) { return std::string_view(each.name) == "reorder_3"; });
  program::Program p = program_of(b, true);
  p.tasks[0].pop_back();
  const exec::Result result = engine::run(p, {});
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(result.failure->kind, "lost-wakeup");
  EXPECT_NE(result.failure->message.find("threads"), std::string::npos) << result.failure->message;
}

// Those this build has room for (fuzz/sync/tasks.h).
std::vector<Benchmark> benchmarks_that_fit() {
  std::vector<Benchmark> fit;
  for (const Benchmark& b : classics::benchmarks())
    if (b.tasks.size() <= exec::kMaxTasks) fit.push_back(b);
  return fit;
}

class EachBenchmark : public testing::TestWithParam<Benchmark> {};

TEST_P(EachBenchmark, PlantedIsFoundWithinItsBudgetAsItsKind) {
  const Benchmark& b = GetParam();
  const std::uint64_t budget = entry_of(b).budget;
#if defined(RACEWALK_ASAN) || defined(RACEWALK_TSAN)
  if (budget > kSlow) GTEST_SKIP() << "the plain build does it";
#endif
  for (const std::uint64_t seed : kSeeds) {
    const auto first = engine::first_failure(program_of(b, true), std::nullopt, seed, budget);
    ASSERT_NE(first.kind, "") << "not in " << budget << " executions, seed " << seed;
    EXPECT_NE(std::find(b.kinds.begin(), b.kinds.end(), first.kind), b.kinds.end()) << first.kind;
    if (budget > kSlow) break;
  }
}

// Without the slow ones: SafeStack takes minutes (docs/classics.md).
TEST(Classics, AutoIsAtOrBelowThePublishedFigureInNineOfTenRows) {
  constexpr unsigned kTrials = 20;
  unsigned rows = 0;
  std::string above;
  for (const Benchmark& b : benchmarks_that_fit()) {
    const std::uint64_t budget = entry_of(b).budget;
    if (b.best.tool == nullptr || budget > kSlow) continue;
    std::uint64_t executions = 0;
    for (std::uint64_t seed = 1; seed <= kTrials; ++seed)
      executions +=
          engine::first_failure(program_of(b, true), std::nullopt, seed, budget).executions;
    ++rows;
    const double mean = static_cast<double>(executions) / kTrials;
    if (mean >= b.best.schedules + 0.5) above += fmt::format(" {} {:.1f}", b.name, mean);
  }
  EXPECT_GT(rows, 10U);
  const auto count = static_cast<unsigned>(std::count(above.begin(), above.end(), ' ') / 2);
  EXPECT_LE(10 * count, rows) << "above:" << above;
}

TEST_P(EachBenchmark, FixedIsSilentUnderEveryStrategy) {
  const Benchmark& b = GetParam();
  const program::Program p = program_of(b, false);
  for (std::uint8_t s = 0; s < schedule::strategies().size(); ++s) {
    const engine::FirstFailure first = engine::first_failure(p, s, 1, kSilent);
    EXPECT_EQ(first.kind, "") << schedule::strategies()[s].name;
    EXPECT_EQ(first.executions, kSilent);
  }
}

TEST_P(EachBenchmark, FixedIsSilentOnRealThreads) {
  const program::Program p = program_of(GetParam(), false);
  for (unsigned i = 0; i < kDrawn / 50; ++i) {
    const exec::Result result = engine::run(p, {.mode = exec::Mode::threads});
    ASSERT_FALSE(result.failure) << result.failure->kind << ": " << result.failure->message;
  }
}

INSTANTIATE_TEST_SUITE_P(Classics, EachBenchmark, testing::ValuesIn(benchmarks_that_fit()),
                         [](const auto& info) {
                           std::string name = info.param.name;
                           std::erase_if(name, [](char c) { return c == '-' || c == '.'; });
                           return name;
                         });

class EachClassic : public testing::TestWithParam<const Classic*> {};

// Any role on any task, any number of times, beside any other: under sequential consistency and
// under the model that the bug needs, or C++'s.
TEST_P(EachClassic, FixedIsSilentInAnyProgram) {
  const Classic& c = *GetParam();
  const program::DesignValues design = design_of(c, false);
  const bool kernel = std::string_view(c.memory) == "lkmm";
  for (const exec::Memory memory :
       {exec::Memory::sc, kernel ? exec::Memory::lkmm : exec::Memory::weak})
    for (std::uint64_t seed = 0; seed < kDrawn; ++seed) {
      program::Program p = program::generate(classics::target(), design, seed);
      p.memory = memory;
      const exec::Result result = engine::run(p, {});
      ASSERT_FALSE(result.failure) << result.failure->kind << ": " << result.failure->message
                                   << ", memory " << static_cast<int>(memory) << ", seed " << seed;
    }
}

TEST_P(EachClassic, PlantedShowsAsItsKindsAloneInAnyProgram) {
  const Classic& c = *GetParam();
  const program::DesignValues design = design_of(c, true);
  unsigned failures = 0;
  for (std::uint64_t seed = 0; seed < kDrawn; ++seed) {
    program::Program p = program::generate(classics::target(), design, seed);
    p.memory = memory_of(c.memory);
    const exec::Result result = engine::run(p, {});
    if (!result.failure) continue;
    ++failures;
    const auto expected = [&](const char* kind) {
      return kind != nullptr && result.failure->kind == kind;
    };
    ASSERT_TRUE(std::any_of(std::begin(c.kinds), std::end(c.kinds), expected))
        << result.failure->kind << ": " << result.failure->message << ", seed " << seed;
  }
  RecordProperty("failures", static_cast<int>(failures));
}

INSTANTIATE_TEST_SUITE_P(Classics, EachClassic, testing::ValuesIn(classics::all_classics()),
                         [](const auto& info) { return std::string(info.param->name); });

}  // namespace
