// Loads that run before others of their task, over many accesses (load_order.h). What a few in
// between do is in lkmm_chains_test.cc and kernel_axioms_test.cc.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "fuzz/engine/conformance.h"
#include "fuzz/engine/conformance_table.h"

namespace {

using namespace rw;

// Executions in which T1 has the new value of y, and then, `count` accesses later, the old one of
// x.
std::uint64_t shown_over(unsigned count, const std::string& access) {
  std::string between;
  for (unsigned i = 0; i < count; ++i) between += access + "; ";
  const auto rows = engine::parse_table(
      "row: early l\nmodel: lkmm\nT0: x.once=1; wmb; y.once=1\nT1: r0=y.once; " + between +
          "r2=x.once\noutcome: 1:r0=1 & 1:r2=0\n",
      "early_loads_test.cc");
  EXPECT_TRUE(rows.ok()) << rows.error().text();
  engine::ConformanceOptions options;
  options.memory = exec::Memory::lkmm;
  const engine::Conformance c = engine::check_row(rows.value().front().row(), options);
  EXPECT_TRUE(c.complete);
  return c.shown;
}

// 31 accesses are kept; then it is as if there were a fence.
TEST(EarlyLoads, PassOverUpToThirtyAccesses) {
  EXPECT_GT(shown_over(0, ""), 0U);
  EXPECT_GT(shown_over(29, "r1=z.once"), 0U);
  EXPECT_EQ(shown_over(30, "r1=z.once"), 0U);
  EXPECT_GT(shown_over(29, "z.once=1"), 0U);
  EXPECT_EQ(shown_over(30, "z.once=1"), 0U);
  EXPECT_GT(shown_over(14, "r1=xchg.once(z,1)"), 0U);
  EXPECT_EQ(shown_over(16, "r1=xchg.once(z,1)"), 0U);
}

}  // namespace
