// One store behind any number of another task's, although it ran first: no place is too many.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "fuzz/engine/conformance.h"
#include "fuzz/engine/conformance_table.h"
#include "fuzz/memory/history.h"

namespace {

using namespace rw;

// As many as fit without new times (history.h, Spread): each one halves what is left.
constexpr unsigned kFit = 10;
static_assert(memory::weak::kGap >> kFit == 1);

std::string stores(unsigned count, const char* order, unsigned value) {
  std::string text;
  for (unsigned i = 0; i < count; ++i) text += fmt::format("x.{}={}; ", order, value);
  return text;
}

void check(const std::string& row) {
  const auto rows = engine::parse_table(row, "early_stores_test.cc");
  if (!rows.ok()) {
    ADD_FAILURE() << rows.error().text();
    return;
  }
  const engine::TableRow& it = rows.value().front();
  engine::ConformanceOptions options;
  options.memory = it.kernel ? exec::Memory::lkmm : exec::Memory::weak_exact;
  const engine::Conformance c = engine::check_row(it.row(), options);
  EXPECT_TRUE(c.complete) << row;
  EXPECT_TRUE(c.right(it.verdict)) << row << "shown " << c.shown << " of " << c.executions;
}

TEST(EarlyStores, FindRoomInFrontOfOneThatRanBefore) {
  const std::string relaxed = stores(kFit + 3, "rlx", 1);
  check("row: early s\nmodel: weak\nT0: x.rlx=9; y.rlx=1\nT1: r0=y.rlx; " + relaxed +
        "r1=x.rlx\noutcome: 1:r0=1 & x=9\nverdict: allowed\n");
  const std::string once = stores(kFit + 3, "once", 1) + "r1=x.once";
  check("row: early s\nmodel: lkmm\nT0: x.once=9; y.once=1\nT1: r0=y.once; " + once +
        "\noutcome: 1:r0=1 & x=9\nverdict: allowed\n");
  check("row: early s\nmodel: lkmm\nT0: x.once=9; wmb; y.once=1\nT1: r0=y.once; " + once +
        "\noutcome: 1:r0=1 & x=9\nverdict: forbidden\n");
}

// The order of seq_cst operations knows the places, too: T1 misses T2's store of z, so T2 reads the
// last store before T1's fence or what comes behind it; also where those behind it have moved it.
TEST(EarlyStores, KeepTheirPlacesInTheOrderOfSeqCstFences) {
  const std::string program = "row: early s\nmodel: weak\nT0: x.rlx=9; y.rlx=1\nT1: r0=y.rlx; " +
                              stores(1, "rlx", 1) + stores(kFit - 2, "rlx", 2) +
                              stores(1, "rlx", 3) + "fence.sc; r1=z.rlx; " + stores(1, "rlx", 4) +
                              "x.rlx=5\nT2: z.rlx=1; fence.sc; r0=x.rlx\n";
  const std::string missed = "outcome: 1:r0=1 & x=9 & 1:r1=0 & ";
  check(program + missed + "2:r0=3\nverdict: allowed\n");
  check(program + missed + "2:r0=5\nverdict: allowed\n");
  check(program + missed + "2:r0=9\nverdict: allowed\n");
  check(program + missed + "2:r0=2\nverdict: forbidden\n");
  check(program + missed + "2:r0=1\nverdict: forbidden\n");
}

}  // namespace
