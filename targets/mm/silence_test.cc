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

std::vector<std::string> seed_files() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(RACEWALK_SOURCE_DIR "/corpus/mm"))
    if (entry.path().extension() == ".race") files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  return files;
}

// Runs program number `seed` of a design under the strategy its generator drew.
void expect_silent(Design design, std::uint64_t seed, exec::Granularity granularity) {
  const program::Program p = program::generate(target(), design, seed);
  const auto strategy = program::strategy_of(p.schedule);
  const exec::Result r = run_with(p, *strategy, granularity);
  ASSERT_FALSE(r.failure) << describe(r) << "\n" << program::print(p);
}

TEST(MmDefaultDesign, RandomProgramsAndSeedsAreSilentAndReachEveryMechanism) {
  const std::vector<std::uint64_t> before(target().reach_counts().begin(),
                                          target().reach_counts().end());
  const program::DesignValues design = program::open_design(target());
  for (unsigned seed = 0; seed < kRandomPrograms; ++seed) {
    expect_silent(design, seed, exec::Granularity::coarse);
    if (HasFatalFailure()) return;
  }
  for (const std::string& file : seed_files()) {
    auto loaded = program::load(file);
    ASSERT_TRUE(loaded.ok()) << loaded.error().text();
    const auto failure = search(loaded.value(), kSeedSchedules);
    ASSERT_FALSE(failure) << file << ": " << failure->kind << ": " << failure->message;
  }
  for (std::size_t i = 0; i < target().reach().size(); ++i)
    EXPECT_GT(target().reach_counts()[i], before[i]) << target().reach()[i] << " was never reached";
}

TEST(MmDefaultDesign, RandomProgramsAreSilentAtFineGranularity) {
  const program::DesignValues design = program::open_design(target());
  for (unsigned seed = 0; seed < kRandomPrograms / 4; ++seed) {
    expect_silent(design, seed, exec::Granularity::fine);
    if (HasFatalFailure()) return;
  }
}

TEST(MmDesign, EveryRightDesignIsSilent) {
  for (unsigned seed = 0; seed < kRandomPrograms / 4; ++seed) {
    expect_silent(program::sample_right(target(), seed), seed, exec::Granularity::coarse);
    if (HasFatalFailure()) return;
  }
}

TEST(MmDefaultDesign, TasksOnRealThreadsAreSilent) {
  const program::DesignValues design = program::open_design(target());
  for (unsigned seed = 0; seed < kRandomPrograms / 8; ++seed) {
    const program::Program p = program::generate(target(), design, seed);
    program::ProgramWorkload workload(p);
    exec::Settings settings;
    settings.mode = exec::Mode::threads;
    const exec::Result r = exec::run(workload, settings, nullptr);
    ASSERT_FALSE(r.failure) << describe(r) << "\n" << program::print(p);
  }
}

}  // namespace

}  // namespace rw::mm::test
