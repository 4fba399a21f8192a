// Right designs are silent, and every mechanism was really exercised while they were.
#include <filesystem>
#include <set>
#include <vector>

#include "fuzz/program/generate.h"
#include "targets/mm/harness_test.h"

namespace rw::mm::test {

namespace {

constexpr unsigned kRandomPrograms = 6000;
constexpr unsigned kSeedSchedules = 250;  // per seed program and strategy
constexpr unsigned kThreadRuns = 20;      // per seed program

std::vector<program::Program> seeds() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(RACEWALK_SOURCE_DIR "/corpus/mm"))
    if (entry.path().extension() == ".race") files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  std::vector<program::Program> programs;
  for (const std::string& file : files) {
    auto loaded = program::load(file);
    EXPECT_TRUE(loaded.ok()) << loaded.error().text();
    if (loaded.ok()) programs.push_back(std::move(loaded.value()));
  }
  return programs;
}

// How often each mechanism was reached since this was made.
class Reached {
 public:
  Reached() : before_(target().reach_counts().begin(), target().reach_counts().end()) {}
  // Names of those that never were.
  std::vector<std::string> not_reached() const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < before_.size(); ++i)
      if (target().reach_counts()[i] == before_[i]) names.emplace_back(target().reach()[i]);
    return names;
  }

 private:
  std::vector<std::uint64_t> before_;
};

// Runs program number `seed` of a design under the strategy its generator drew.
void expect_silent(Design design, std::uint64_t seed, exec::Granularity granularity) {
  const program::Program p = program::generate(target(), design, seed);
  const auto strategy = program::strategy_of(p.schedule);
  const exec::Result r = run_with(p, *strategy, granularity);
  ASSERT_FALSE(r.failure) << describe(r) << "\n" << program::print(p);
}

// `schedules`: of each program and strategy.
void expect_seeds_silent(unsigned schedules, exec::Granularity granularity) {
  for (const program::Program& p : seeds()) {
    const auto failure = search(p, schedules, granularity);
    ASSERT_FALSE(failure) << failure->kind << ": " << failure->message << "\n" << program::print(p);
  }
}

TEST(MmDefaultDesign, RandomProgramsAndSeedsAreSilentAndReachEveryMechanism) {
  const Reached reached;
  const program::DesignValues design = program::open_design(target());
  for (unsigned seed = 0; seed < kRandomPrograms; ++seed) {
    expect_silent(design, seed, exec::Granularity::coarse);
    if (HasFatalFailure()) return;
  }
  expect_seeds_silent(kSeedSchedules, exec::Granularity::coarse);
  EXPECT_EQ(reached.not_reached(), std::vector<std::string>{});
}

TEST(MmDefaultDesign, RandomProgramsAndSeedsAreSilentAtFineGranularity) {
  const Reached reached;
  const program::DesignValues design = program::open_design(target());
  for (unsigned seed = 0; seed < kRandomPrograms / 4; ++seed) {
    expect_silent(design, seed, exec::Granularity::fine);
    if (HasFatalFailure()) return;
  }
  expect_seeds_silent(kSeedSchedules / 4, exec::Granularity::fine);
  EXPECT_EQ(reached.not_reached(), std::vector<std::string>{});
}

TEST(MmDesign, EveryRightDesignIsSilent) {
  const Reached reached;
  for (unsigned seed = 0; seed < kRandomPrograms / 4; ++seed) {
    expect_silent(program::sample_right(target(), seed), seed, exec::Granularity::coarse);
    if (HasFatalFailure()) return;
  }
  // Random programs alone get to most mechanisms, not to all.
  EXPECT_LT(reached.not_reached().size(), target().reach().size() / 2);
}

void expect_silent_on_threads(const program::Program& p) {
  program::ProgramWorkload workload(p);
  exec::Settings settings;
  settings.mode = exec::Mode::threads;
  const exec::Result r = exec::run(workload, settings, nullptr);
  ASSERT_FALSE(r.failure) << describe(r) << "\n" << program::print(p);
}

TEST(MmDefaultDesign, TasksOnRealThreadsAreSilent) {
  const Reached reached;
  const program::DesignValues design = program::open_design(target());
  for (unsigned seed = 0; seed < kRandomPrograms / 8; ++seed) {
    expect_silent_on_threads(program::generate(target(), design, seed));
    if (HasFatalFailure()) return;
  }
  for (const program::Program& p : seeds())
    for (unsigned n = 0; n < kThreadRuns; ++n) {
      expect_silent_on_threads(p);
      if (HasFatalFailure()) return;
    }
  // What only a race reaches is chance here.
  EXPECT_LT(reached.not_reached().size(), target().reach().size() / 2);
}

}  // namespace

}  // namespace rw::mm::test
