// racewalk doctor: its exit status is what its checks say.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "fuzz/cli/spawn.h"
#include "fuzz/engine/other_programs.h"
#include "fuzz/engine/test_folder.h"

namespace rw::cli {
namespace {

using engine::TestFolder;

TEST(Doctor, SaysWhatItFoundAsJson) {
  const Outcome outcome = racewalk({"doctor", "--json"});
  const auto json = nlohmann::json::parse(outcome.output, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << outcome.output;
  EXPECT_EQ(json["document"], "doctor");
  bool well = true;
  std::set<std::string> names;
  for (const auto& check : json["checks"]) {
    const bool works = check["works"];
    well = well && (works || !check["needed"]);
    EXPECT_EQ(works, check["advice"].get<std::string>().empty()) << check;
    names.insert(check["name"]);
    if (check["name"] == "fibers") EXPECT_TRUE(works) << check;
    if (check["name"] == "gdb") EXPECT_EQ(works, !engine::find_program({"gdb"}).empty()) << check;
  }
  EXPECT_EQ(names.size(), 9U) << outcome.output;
  EXPECT_EQ(outcome.status, well ? 0 : 1) << outcome.output;
}

// A copy of racewalk in a folder where the other builds are missing.
TEST(Doctor, WhatIsNeededAndNotThereIsExitOneAndSaysWhatToDo) {
  TestFolder folder;
  const std::string copy = folder / "racewalk";
  std::filesystem::copy_file(racewalk_binary(), copy);
  const Outcome outcome = Spawned({"doctor"}, 0, copy).wait();
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  EXPECT_SAYS(outcome, folder / "racewalk-tsan: not there");
  EXPECT_SAYS(outcome, "-> run ci/build");
}

}  // namespace
}  // namespace rw::cli
