// Exhaustive exploration in pieces, as several processes make it: searches are stopped and split
// again and again, and the pieces have what the whole has.
#include <gtest/gtest.h>

#include "targets/kernel/explore_test.h"

namespace rw::kernel::test {
namespace {

using Strategy = schedule::WithClasses<schedule::Exhaustive>;

class InPieces {
 public:
  InPieces(const Drawn& d, exec::Prng& prng) : runner_(d.program), prng_(prng) {}

  Executions all;
  unsigned pieces = 0;

  // Searches of the first few levels are stopped after some executions and split at some depth.
  void explore(const std::string& search, unsigned level) {
    Strategy strategy;
    if (!search.empty()) ASSERT_TRUE(strategy.load(search)) << search;
    const unsigned most = level < 3 ? 1 + prng_.below(5) : ~0U;
    bool more = true;
    for (unsigned i = 0; i < most && more; ++i) {
      const bool cut = run_one(strategy);
      more = strategy.next(cut);
    }
    add(strategy);
    if (more) split(strategy.saved(), level);
  }

 private:
  void split(const std::string& search, unsigned level) {
    Strategy splitter;
    ASSERT_TRUE(splitter.load(search)) << search;
    splitter.split_at(1 + prng_.below(4));
    std::vector<std::string> found;
    bool cut = false;
    do {
      cut = run_one(splitter);
      if (splitter.at_border()) found.push_back(splitter.saved());
    } while (splitter.next(cut));
    add(splitter);
    pieces += static_cast<unsigned>(found.size());
    for (const std::string& piece : found) explore(piece, level + 1);
  }

  // Whether it failed.
  bool run_one(Strategy& strategy) {
    const exec::Result result = exec::run(runner_, settings(), &strategy);
    if (result.given_up) return false;
    ++all.executions;
    all.met.insert(result.failure ? result.failure->kind : runner_.outcome);
    all.fails = all.fails || result.failure;
    if (!result.failure) strategy.note_class();
    return result.failure.has_value();
  }

  void add(const Strategy& strategy) {
    all.classes.insert(strategy.classes.begin(), strategy.classes.end());
    all.without_rounds_in_vain.insert(strategy.without_rounds_in_vain.begin(),
                                      strategy.without_rounds_in_vain.end());
    all.spins = all.spins || strategy.held_back();
  }

  Runner<ExploreWorld> runner_;
  exec::Prng& prng_;
};

TEST(ExploreKernel, InPiecesThatAreSplitAgainItRunsWhatItRunsInOneGo) {
#if defined(RACEWALK_TSAN)
  GTEST_SKIP() << "the strategy of this file is instrumented, and is asked on the tasks' fibers";
#endif
  exec::Prng prng(19);
  unsigned pieces = 0, alike = 0, spinning = 0, lacking = 0;
  for (unsigned i = 0; i < 600; ++i) {
    const Drawn d = draw(prng, i % 5);
    const Executions whole = explored(d);
    InPieces in_pieces(d, prng);
    in_pieces.explore("", 0);
    const Executions& all = in_pieces.all;
    pieces += in_pieces.pieces;
    EXPECT_EQ(all.met, whole.met) << i << ":" << d.text;
    for (const std::uint64_t c : whole.without_rounds_in_vain)
      lacking += all.without_rounds_in_vain.contains(c) ? 0 : 1;
    if (whole.spins) {
      ++spinning;
      continue;
    }
    EXPECT_EQ(all.classes, whole.classes) << i << ":" << d.text;
    if (whole.fails) continue;  // what comes after a failure is not known
    ++alike;
    EXPECT_EQ(all.executions, whole.executions) << i << ":" << d.text;
    if (HasFailure()) return;
  }
  EXPECT_GE(pieces, 2000U);
  EXPECT_GE(alike, 100U);
  EXPECT_GE(spinning, 100U);
  EXPECT_EQ(lacking, 0U);
}

}  // namespace
}  // namespace rw::kernel::test
