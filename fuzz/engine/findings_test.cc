#include "fuzz/engine/findings.h"

#include <gtest/gtest.h>

#include "fuzz/engine/files.h"
#include "fuzz/engine/test_folder.h"

namespace rw::engine {
namespace {

using Names = std::vector<std::string>;

void put(const TestFolder& folder, const Names& names) {
  for (const std::string& name : names) ASSERT_EQ(write_whole(folder / name, ""), "");
}

TEST(FindingsFolder, WhatWasShrunkBesideAFindingIsNoOther) {
  TestFolder folder;
  put(folder, {"k1-deadlock-01234567.race", "k1-deadlock-01234567.min.race",
               "k1-deadlock-01234567.captured.race", "k1-deadlock-01234567.txt",
               "k1-livelock-01234567.min.race"});
  FindingsFolder findings(folder.path);
  EXPECT_EQ(findings.look().size(), 2U);
  EXPECT_EQ(findings.keys(),
            (std::set<std::string>{"k1-deadlock-01234567", "k1-livelock-01234567.min"}))
      << "without the first file the second is all there is of a finding";
  put(folder, {"k1-invariant-01234567.race"});
  EXPECT_EQ(findings.look(), Names{folder / "k1-invariant-01234567.race"});
}

TEST(RacesOf, ANameThatIsNoKeyIsAProgramOfItsOwn) {
  TestFolder folder;
  put(folder, {"x.race", "x.min.race", "x.txt", "2.6.27.race"});
  EXPECT_EQ(races_of(folder.path), (Names{"2.6.27.race", "x.min.race", "x.race"}));
}

}  // namespace
}  // namespace rw::engine
