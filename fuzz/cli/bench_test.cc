// racewalk bench from outside.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "fuzz/cli/cli.h"
#include "fuzz/cli/spawn.h"

namespace rw::cli {
namespace {

TEST(Bench, HuntsSaysWhichRulesHowManyCampaignsFound) {
  const std::vector<std::string> command = {"bench",   "hunts", "--rules",      "25,21",
                                            "--seeds", "2",     "--executions", "5000"};
  const Outcome table = racewalk(command);
  EXPECT_EQ(table.status, 0) << table.output;
  EXPECT_SAYS(table, "25-oom-reaper-without-notifier        2 of 2");
  EXPECT_SAYS(table, "found 4 of 4");
}

// Whether the process has a handler of its own for `number`.
bool catches(pid_t process, int number) {
  const std::string status = contents("/proc/" + std::to_string(process) + "/status");
  const std::string key = "SigCgt:";
  const std::size_t at = status.find(key);
  if (at == std::string::npos) return false;
  const std::uint64_t caught = std::strtoull(status.c_str() + at + key.size(), nullptr, 16);
  return (caught >> (number - 1) & 1) != 0;
}

TEST(Bench, HuntsInterruptedInItsFirstCampaignSaysSo) {
  Spawned bench({"bench", "hunts", "--rules", "25", "--executions", "1000000000", "--json"});
  ASSERT_TRUE(eventually([&] { return catches(bench.pid(), SIGINT); }));
  bench.signal(SIGINT);
  const Outcome outcome = bench.wait();
  EXPECT_EQ(outcome.status, 130) << outcome.output;
  EXPECT_SAYS(outcome, "racewalk: interrupted in the first campaign: no result");
  EXPECT_SAYS(outcome, "\"document\": \"error\"");
}

TEST(Bench, StrategiesSaysHowOftenEachMakesAProgramFail) {
  const std::string file = std::string(RACEWALK_SOURCE_DIR) + "/repro/puzzles/abba.race";
  const std::vector<std::string> command = {"bench",       "strategies", file,
                                            "--schedules", "200",        "--json"};
  const Outcome outcome = racewalk(command);
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  const nlohmann::json shares = nlohmann::json::parse(outcome.output)["entries"][0]["shares"];
  for (const char* name : {"random", "pct2", "pos", "delay5", "surw", "reads_from", "places"}) {
    EXPECT_GT(shares[name].get<double>(), 0.05) << name;
    EXPECT_LT(shares[name].get<double>(), 1.0) << name;
  }
  EXPECT_EQ(racewalk(command).output, outcome.output);
}

TEST(Bench, ClassicsSaysInHowManySchedulesAndWhatIsPublished) {
  const std::vector<std::string> command = {"bench",      "classics", "account",     "reorder_3",
                                            "--strategy", "pos,surw", "--schedules", "2000"};
  const Outcome table = racewalk(command);
  EXPECT_EQ(table.status, 0) << table.output;
  EXPECT_SAYS(table, "reorder_3                   4          PERIOD 6");
  EXPECT_SAYS(table, "found by all seeds, of 2                                   2            2");

  std::vector<std::string> as_json = command;
  as_json.insert(as_json.end(), {"--seeds", "3", "--json"});
  const Outcome outcome = racewalk(as_json);
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  const nlohmann::json json = nlohmann::json::parse(outcome.output);
  ASSERT_EQ(json["entries"].size(), 2U);
  EXPECT_EQ(json["entries"][1]["published"]["tool"], "PERIOD");
  ASSERT_EQ(json["entries"][1]["cells"].size(), 2U);
  for (const nlohmann::json& cell : json["entries"][1]["cells"]) {
    EXPECT_EQ(cell["found"], 3);
    EXPECT_NEAR(cell["mean"].get<double>() * 3, cell["executions"].get<double>(), 1e-6);
    EXPECT_LE(cell["mean"].get<double>(), cell["most"].get<double>());
  }
}

TEST(Bench, ClassicsMarksWhatNoSeedOrNotEverySeedFound) {
  // One schedule: a profile run is one, so surw itself makes none.
  const Outcome table = racewalk({"bench", "classics", "reorder_5", "account", "--schedules", "1"});
  EXPECT_EQ(table.status, 0) << table.output;
  EXPECT_SAYS(table, "            -");
  EXPECT_SAYS(table, "1 (");
}

}  // namespace
}  // namespace rw::cli
