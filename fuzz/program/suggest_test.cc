#include "fuzz/program/suggest.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace rw::program {
namespace {

constexpr std::array<std::string_view, 3> kOps = {"mmap", "munmap", "sync_rcu"};

TEST(EditDistance, CountsInsertDeleteReplaceAndSwapIgnoringCase) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("mmap", "munmap"), 2U);
  EXPECT_EQ(edit_distance("lokc", "lock"), 1U);
  EXPECT_EQ(edit_distance("MMAP", "mmap"), 0U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(EditDistance, CutsLongWords) {
  EXPECT_EQ(edit_distance(std::string(100'000, 'a'), std::string(100'000, 'b')), 64U);
}

TEST(Nearest, FindsMisspellingsAndNothingElse) {
  EXPECT_EQ(nearest("mmpa", kOps), "mmap");
  EXPECT_EQ(nearest("sync-rcu", kOps), "sync_rcu");
  EXPECT_EQ(nearest("fault", kOps), "");
  EXPECT_EQ(nearest("", kOps), "");
  EXPECT_EQ(nearest(std::string(1000, 'm'), kOps), "");
}

TEST(Instead, OffersTheNearOneOrAll) {
  EXPECT_EQ(instead("mmapp", kOps, "ops"), "did you mean 'mmap'?");
  EXPECT_EQ(instead("fault", kOps, "ops"), "ops: mmap, munmap, sync_rcu");
  EXPECT_EQ(instead("fault", {}, "ops"), "there are no ops");
}

TEST(Instead, CutsALongListBetweenTwoNames) {
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i) names.push_back("candidate" + std::to_string(100 + i));
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string text = instead("nothing like it", views, "words");
  EXPECT_LT(text.size(), 1200U);
  EXPECT_TRUE(text.starts_with("words: candidate100, candidate101, ")) << text;
  EXPECT_TRUE(text.ends_with(", candidate170, ... (300 in all)")) << text;
}

TEST(InQuotes, ShowsUnprintableBytesAndCutsLongWords) {
  EXPECT_EQ(in_quotes("a\x01\xff"), "'a\\x01\\xff'");
  EXPECT_EQ(in_quotes(std::string(41, 'x')), "'" + std::string(40, 'x') + "...'");
}

}  // namespace
}  // namespace rw::program
