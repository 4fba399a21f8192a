// racewalk shrink from outside.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fuzz/cli/spawn.h"
#include "fuzz/engine/test_folder.h"

namespace rw::cli {
namespace {

using engine::TestFolder;

// Two tasks that take two locks in opposite orders; `ops` are those of T0, `until` is where it
// stops.
std::string abba(const std::string& ops, const std::string& lines = "",
                 const std::string& twin = "planted", const std::string& until = "blocked") {
  return "# racewalk 1\n# a person's words\ntarget: puzzles\ndesign: puzzle=abba twin=" + twin +
         "\nmemory: sc\n" + lines + "T0:\n" + ops + "T1:\n  role0\n" +
         "schedule:\n  T1 until both#2\n  T0 until " + until + "\n  T1 until end\n";
}

const std::string kFiveRoles = abba("  role1\n  role0\n  role0\n  role1\n  role0\n");

TEST(Shrink, WritesASmallerProgramThatFailsWithTheSameKey) {
  TestFolder folder;
  const std::string file = file_with(folder, abba("  role1\n  role0\n"));
  const Outcome outcome = racewalk({"shrink", file, "-o", folder / "small.race"});
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_SAYS(outcome, "\n2 tasks, 3 ops, 0 set-up ops, 2 switches -> 2 tasks, 2 ops, ");
  const Outcome again = racewalk({"replay", folder / "small.race", "--times", "10"});
  EXPECT_EQ(again.status, 0) << again.output;
  EXPECT_SAYS(again, "# a person's words");
  EXPECT_EQ(again.output.find("  role1\n  role0\n"), std::string::npos) << again.output;
}

// The program that a shrink with these arguments writes, and what it says as JSON.
nlohmann::json shrunk(const TestFolder& folder, const std::string& text,
                      std::vector<std::string> arguments) {
  const std::string file = file_with(folder, text);
  arguments.insert(arguments.begin(), {"shrink", file, "-o", folder / "small.race", "--json"});
  const Outcome outcome = racewalk(arguments);
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  const std::size_t begin = std::min(outcome.output.find('{'), outcome.output.size());
  return nlohmann::json::parse(outcome.output.substr(begin), nullptr, false);
}

TEST(Shrink, AnyFailureKeepsNoKey) {
  const TestFolder folder;
  const std::string other =
      abba("  role1\n  role0\n", "expect: deadlock\nkey: k1-deadlock-00000000\n");
  const Outcome refused = racewalk({"shrink", file_with(folder, other)});
  EXPECT_EQ(refused.status, 2) << refused.output;
  EXPECT_SAYS(refused, "not with its k1-deadlock-00000000; --any-failure shrinks it all the same");
  const auto json = shrunk(folder, other, {"--any-failure"});
  EXPECT_EQ(json.at("after").at("task_ops"), 2) << json.dump(1);
  EXPECT_EQ(racewalk({"replay", folder / "small.race"}).status, 0);
}

TEST(Shrink, CandidatesAndSecondsEndItWithTheBestSoFar) {
  const TestFolder folder;
  const auto all = shrunk(folder, kFiveRoles, {});
  EXPECT_FALSE(all.at("stopped").get<bool>());
  EXPECT_EQ(all.at("after").at("task_ops"), 2) << all.dump(1);
  EXPECT_GT(all.at("candidates"), 2);
  const auto two = shrunk(folder, kFiveRoles, {"--candidates", "2"});
  EXPECT_TRUE(two.at("stopped").get<bool>());
  EXPECT_LE(two.at("candidates"), 2) << two.dump(1);
  EXPECT_EQ(racewalk({"replay", folder / "small.race"}).status, 0) << "it fails all the same";
  const auto hurried = shrunk(folder, kFiveRoles, {"--seconds", "0.000001"});
  EXPECT_TRUE(hurried.at("stopped").get<bool>());
  EXPECT_LT(hurried.at("candidates"), all.at("candidates")) << hurried.dump(1);
}

TEST(Shrink, AScheduleThatCannotBeFollowedIsSaid) {
  const TestFolder folder;
  EXPECT_EQ(shrunk(folder, abba("  role1\n"), {}).at("divergence"), nullptr);
  const std::string text = abba("  role1\n", "", "planted", "nowhere");
  const auto json = shrunk(folder, text, {"--any-failure"});
  EXPECT_SAYS(json.at("divergence").get<std::string>(), "nowhere") << json.dump(1);
  const std::string file = file_with(folder, text);
  EXPECT_SAYS(racewalk({"shrink", file, "-o", folder / "s"}),
              "racewalk: The schedule could not be followed: step ");
}

TEST(Shrink, AProgramThatDoesNotFailIsExitTwo) {
  TestFolder folder;
  const std::string file = file_with(folder, abba("  role1\n", "", "fixed"));
  EXPECT_EQ(racewalk({"shrink", file}).status, 2);
}

}  // namespace
}  // namespace rw::cli
