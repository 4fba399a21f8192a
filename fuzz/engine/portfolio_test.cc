// What a campaign's strategies are drawn by.
#include "fuzz/engine/portfolio.h"

#include <gtest/gtest.h>

#include "fuzz/program/random_parts.h"
#include "fuzz/schedule/strategies.h"

namespace {

using namespace rw;

program::Schedule of(unsigned strategy) {
  program::Schedule schedule;
  schedule.strategy = static_cast<std::uint8_t>(strategy);
  return schedule;
}

TEST(Portfolio, BeginsWithTheWeightsOfTheTable) {
  const engine::Portfolio portfolio;
  const auto weights = portfolio.weights();
  for (unsigned s = 0; s < weights.size(); ++s)
    EXPECT_EQ(weights[s] * schedule::strategies()[0].weight,
              weights[0] * schedule::strategies()[s].weight);
}

TEST(Portfolio, OfOneStrategyDrawsNoOther) {
  engine::Portfolio portfolio(3);
  program::Prng prng(1);
  for (int i = 0; i < 1000; ++i) {
    const program::Schedule drawn = program::random_schedule(prng, portfolio.weights());
    EXPECT_EQ(drawn.strategy, 3);
    portfolio.saw(drawn, 100, i % 2 == 0, i % 3 == 0);
  }
}

TEST(Portfolio, LeansToWhatBringsMoreAndForgets) {
  engine::Portfolio portfolio;
  const auto tell = [&portfolio](unsigned good, unsigned executions) {
    for (unsigned i = 0; i < executions; ++i)
      for (unsigned s = 0; s < portfolio.weights().size(); ++s)
        portfolio.saw(of(s), 1, i % (s == good ? 2 : 40) == 0, false);
  };
  const auto share = [&portfolio](unsigned s) {
    return static_cast<double>(portfolio.weights()[s]) / schedule::strategies()[s].weight;
  };
  tell(0, 2000);
  EXPECT_DOUBLE_EQ(share(0), 4 * share(1));  // twice the mean and half of it, the bounds
  for (unsigned s = 2; s < portfolio.weights().size(); ++s) EXPECT_DOUBLE_EQ(share(s), share(1));
  tell(1, 60'000);
  EXPECT_DOUBLE_EQ(share(1), 4 * share(0));
}

TEST(Portfolio, LeansToWhatFindsAndForgets) {
  engine::Portfolio portfolio;
  const auto tell = [&portfolio](unsigned finder, unsigned executions) {
    for (unsigned i = 0; i < executions; ++i)
      for (unsigned s = 0; s < portfolio.weights().size(); ++s)
        portfolio.saw(of(s), 1, i % 200 == 0, s == finder && i == 0);
  };
  const auto share = [&portfolio](unsigned s) {
    return static_cast<double>(portfolio.weights()[s]) / schedule::strategies()[s].weight;
  };
  const unsigned nobody = ~0U;
  tell(0, 1000);
  for (unsigned s = 1; s < portfolio.weights().size(); ++s)
    EXPECT_GE(share(0), 1.5 * share(s)) << "all reach something new alike, one has found";
  tell(nobody, 40'000);
  EXPECT_DOUBLE_EQ(share(0), share(1));
}

}  // namespace
