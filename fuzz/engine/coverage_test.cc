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

TEST(Coverage, SaysWhichMechanismsARunHasRaised) {
  std::uint64_t reach[] = {7, 0, 2};
  Coverage coverage;
  coverage.begin(reach);
  ++reach[0], reach[2] += 3;
  (void)coverage.absorb(reach);
  EXPECT_EQ(coverage.raised(), (std::vector<std::uint32_t>{0, 2}));
  (void)coverage.absorb(reach);
  EXPECT_TRUE(coverage.raised().empty());
}

}  // namespace
}  // namespace rw::engine
