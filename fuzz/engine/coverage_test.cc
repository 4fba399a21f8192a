#include "fuzz/engine/coverage.h"

#include <gtest/gtest.h>

namespace rw::engine {
namespace {

TEST(Coverage, TwoMechanismsInOneRunAreNewOnce) {
  std::uint64_t reach[] = {0, 0, 0};
  Coverage coverage;
  (void)coverage.absorb(reach);  // what earlier tests have touched
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

}  // namespace
}  // namespace rw::engine
