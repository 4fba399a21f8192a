#include "fuzz/memory/history.h"

#include <gtest/gtest.h>

#include <vector>

namespace {

using namespace rw::memory::weak;

std::vector<std::uint64_t> values(const Word& w) {
  std::vector<std::uint64_t> all;
  for (std::uint32_t i = 0; i < w.count; ++i) all.push_back(w.message(i).value);
  return all;
}

TEST(History, StoresInFrontOfOneRunOutOfTimesUntilTheseAreSpread) {
  Word w;
  begin_history(w, 1);
  append(w, 0, 1);
  append(w, 100, 2);
  std::uint64_t stored = 0;
  while (has_gap(w, 0)) {
    ++stored;
    insert(w, 0, stored, 0);
  }
  ASSERT_GT(stored, 0U);
  const std::vector<std::uint64_t> before = values(w);
  View seen;
  seen.raise(1, w.message(2).time);
  const Time forgotten = w.message(0).time - 1;

  const Spread new_time(w);
  seen.renew(1, new_time);

  EXPECT_EQ(values(w), before);
  EXPECT_EQ(seen.at(1), w.message(2).time);
  EXPECT_EQ(new_time(forgotten), forgotten);
  for (std::uint32_t i = 0; i + 1 < w.count; ++i) {
    EXPECT_LT(w.message(i).time, w.message(i + 1).time);
    EXPECT_TRUE(has_gap(w, i));
  }
}

}  // namespace
