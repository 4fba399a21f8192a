// Exhaustive exploration of programs that block, spin and wait for grace periods, against every
// schedule of the same programs: the same outcomes and the same kinds of failures.
#include "targets/kernel/explore_test.h"

#include <gtest/gtest.h>

namespace rw::kernel::test {
namespace {

// Every schedule there is, value choices included: what an exploration is compared with. It knows
// nothing of footprints or spin loops.
class EverySchedule : public exec::Strategy {
 public:
  bool next() {
    while (!path_.empty() && path_.back().left == 0) path_.pop_back();
    if (path_.empty()) return false;
    --path_.back().left;
    ++path_.back().taken;
    return true;
  }
  bool asked_always() const override { return true; }
  void begin(unsigned) override { at_ = 0; }
  unsigned pick(const exec::View& view) override {
    unsigned n = decide(static_cast<unsigned>(std::popcount(view.runnable)));
    for (unsigned t = 0;; ++t)
      if ((view.runnable >> t & 1U) != 0 && n-- == 0) return t;
  }
  unsigned choose(const exec::View&, unsigned, unsigned n, const char* what,
                  const sync::site&) override {
    return std::string_view(what).starts_with("spurious") ? 0 : decide(n);
  }

 private:
  struct Decision {
    unsigned taken, left;
  };
  unsigned decide(unsigned n) {
    if (at_ == path_.size()) path_.push_back({0, n - 1});
    return path_[at_++].taken;
  }
  std::vector<Decision> path_;
  std::size_t at_ = 0;
};

// Of every schedule; nothing if they are more than `most`.
std::optional<Executions> every_schedule(const Drawn& d, unsigned most) {
  Executions e;
  Runner<ExploreWorld> runner(d.program);
  schedule::WithClasses<EverySchedule> every;
  do {
    if (++e.executions > most) return std::nullopt;
    const exec::Result result = exec::run(runner, settings(), &every);
    e.met.insert(result.failure ? result.failure->kind : runner.outcome);
    if (!result.failure) every.note_class();
  } while (every.next());
  e.without_rounds_in_vain = every.without_rounds_in_vain;
  return e;
}

TEST(ExploreKernel, MeetsTheOutcomesOfEveryScheduleOfProgramsThatBlockAndSpin) {
#if defined(RACEWALK_TSAN)
  GTEST_SKIP() << "the strategy of this file is instrumented, and is asked on the tasks' fibers";
#endif
  exec::Prng prng(13);
  unsigned compared = 0, missed = 0;
  std::uint64_t schedules = 0, executions = 0, repeated = 0, classes = 0;
  for (unsigned i = 0; i < 600; ++i) {
    const Drawn d = draw(prng, i % 5);
    const auto every = every_schedule(d, 3000);
    if (!every) continue;
    ++compared;
    schedules += every->executions;
    const Executions e = explored(d);
    executions += e.executions;
    repeated += e.repeated;
    EXPECT_EQ(e.met, every->met) << i << ":" << d.text;
    if (!e.spins)
      EXPECT_EQ(e.without_rounds_in_vain, every->without_rounds_in_vain) << i << ":" << d.text;
    classes += every->without_rounds_in_vain.size();
    for (const std::uint64_t c : every->without_rounds_in_vain)
      missed += e.without_rounds_in_vain.contains(c) ? 0 : 1;
    EXPECT_LE(e.executions, every->executions) << d.text;
    if (HasFailure()) return;
  }
  EXPECT_GE(compared, 300U);
  // All of one program, with two relaxes in a row, which pass for a loop.
  EXPECT_LE(missed, 3U);
  RecordProperty("compared", static_cast<int>(compared));
  std::printf("%u of %lu classes missed\n", missed, static_cast<unsigned long>(classes));
  std::printf("%u programs: %lu schedules, %lu executions and %lu repetitions\n", compared,
              static_cast<unsigned long>(schedules), static_cast<unsigned long>(executions),
              static_cast<unsigned long>(repeated));
}

// Without spin loops no execution is run twice; with them some are, as many as are printed.
TEST(ExploreKernel, RunsNoExecutionTwiceInProgramsThatDoNotSpin) {
#if defined(RACEWALK_TSAN)
  GTEST_SKIP() << "the strategy of this file is instrumented, and is asked on the tasks' fibers";
#endif
  exec::Prng prng(17);
  unsigned programs[2] = {}, with_more[2] = {};
  std::uint64_t executions[2] = {}, classes[2] = {};
  for (unsigned i = 0; i < 600; ++i) {
    const Drawn d = draw(prng, i % 5);
    const Executions e = explored(d);
    if (e.fails) continue;  // what comes after a failure is not known
    ++programs[e.spins];
    with_more[e.spins] += e.executions != e.classes.size();
    executions[e.spins] += e.executions;
    classes[e.spins] += e.classes.size();
    if (!e.spins) EXPECT_EQ(e.executions, e.classes.size()) << i << ":" << d.text;
  }
  EXPECT_GE(programs[0], 100U);
  EXPECT_GE(programs[1], 100U);
  for (const bool spins : {false, true})
    std::printf("%u programs that %s: %lu executions of %lu classes; %u programs with more\n",
                programs[spins], spins ? "spin" : "do not spin",
                static_cast<unsigned long>(executions[spins]),
                static_cast<unsigned long>(classes[spins]), with_more[spins]);
}

}  // namespace
}  // namespace rw::kernel::test
