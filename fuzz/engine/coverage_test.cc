#include "fuzz/engine/coverage.h"

#include <gtest/gtest.h>

namespace rw::engine {
namespace {

TEST(Coverage, TwoMechanismsInOneRunAreNewOnce) {
  std::uint64_t reach[] = {0, 0, 0};
  Coverage coverage;
  coverage.begin(reach);  // what earlier tests have touched
  ++reach[0];
  EXPECT_EQ(coverage.absorb(reach), 1U) << "the first one alone";
  ++reach[2];
  EXPECT_EQ(coverage.absorb(reach), 1U) << "the other one alone";
  EXPECT_EQ(coverage.absorb(reach), 0U) << "none";
  ++reach[0], reach[2] += 5;
  EXPECT_EQ(coverage.absorb(reach), 1U) << "both in one run";
  ++reach[0], ++reach[2];
  EXPECT_EQ(coverage.absorb(reach), 0U) << "both again";
}

TEST(Coverage, WhatWasCountedBeforeItBeganIsNoNews) {
  std::uint64_t reach[] = {3, 0};
  Coverage coverage;
  coverage.begin(reach);
  EXPECT_EQ(coverage.absorb(reach), 0U);
  ++reach[0];
  EXPECT_EQ(coverage.absorb(reach), 1U);
  coverage.begin(reach);
  EXPECT_EQ(coverage.absorb(reach), 0U) << "and begins anew";
  ++reach[0];
  EXPECT_EQ(coverage.absorb(reach), 1U);
}

TEST(Coverage, TheRarestOfSomeFeaturesIsTheOneThatFewestRunsTouched) {
  std::uint64_t reach[] = {7, 0};
  Coverage coverage;
  coverage.begin(reach);
  ++reach[0];
  (void)coverage.absorb(reach);
  const std::vector<Feature> first = coverage.fresh();
  ++reach[0], ++reach[1];
  (void)coverage.absorb(reach);
  std::vector<Feature> both = coverage.fresh();
  ASSERT_EQ(first.size(), 1U);
  ASSERT_EQ(both.size(), 2U) << "the other one, and the two together";
  EXPECT_EQ(coverage.rarity(first), 2U);
  EXPECT_EQ(coverage.rarity(both), 1U);
  both.push_back(first[0]);
  EXPECT_EQ(coverage.rarity(both), 1U);
  EXPECT_EQ(coverage.rarity({}), ~0U);
}

}  // namespace
}  // namespace rw::engine
