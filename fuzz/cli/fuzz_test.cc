// Campaigns from outside: findings, interruptions, kills, full disks.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "fuzz/cli/spawn.h"
#include "fuzz/engine/test_folder.h"
#include "fuzz/program/text.h"

namespace rw::cli {
namespace {

using engine::TestFolder;

// A campaign on one job of this build, so that the test needs no other binary.
std::vector<std::string> fuzz(const std::string& out, const std::string& design,
                              const std::string& seconds) {
  const char* job = "plain-steered";
  if (verdict::built_with(verdict::Sanitizer::thread)) job = "tsan-steered";
  if (verdict::built_with(verdict::Sanitizer::address)) job = "asan-steered";
  std::vector<std::string> arguments = {"fuzz", "--target", "puzzles", "--jobs",    job, "--out",
                                        out,    "--time",   seconds,   "--workers", "1"};
  if (!design.empty()) arguments.insert(arguments.end(), {"--design", design});
  return arguments;
}

std::vector<std::string> races_in(const std::string& folder) {
  std::vector<std::string> names = engine::list_folder(folder);
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(".race"); });
  return names;
}

void expect_all_whole(const std::string& folder) {
  for (const std::string& name : races_in(folder)) {
    const auto loaded = program::load(folder + "/" + name);
    EXPECT_TRUE(loaded.ok()) << loaded.error().text();
  }
}

// Waits until `true_at_last` is, for at most a minute.
template <typename Condition>
bool eventually(Condition true_at_last) {
  for (const double deadline = engine::now() + 60; engine::now() < deadline; ::usleep(20'000))
    if (true_at_last()) return true;
  return false;
}

TEST(Fuzz, ARightDesignStaysSilentAndItsCorpusIsKept) {
  TestFolder folder;
  const Outcome outcome = Spawned(fuzz(folder / "out", "", "3")).wait();
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_TRUE(races_in(folder / "out").empty());
  EXPECT_FALSE(races_in(folder / "out/corpus").empty());
  expect_all_whole(folder / "out/corpus");
  EXPECT_TRUE(engine::list_folder(folder / "out/work").empty()) << "workers' files stayed";
}

TEST(Fuzz, AWrongDesignIsExitOneWithAFileThatReplays) {
  TestFolder folder;
  const Outcome outcome = Spawned(fuzz(folder / "out", "abba", "4")).wait();
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  ASSERT_EQ(races_in(folder / "out").size(), 1U) << outcome.output;
  const std::string file = folder / ("out/" + races_in(folder / "out")[0]);
  EXPECT_EQ(racewalk({"replay", file, "--times", "10"}).status, 0);
  EXPECT_NE(outcome.output.find(" replay " + file), std::string::npos) << outcome.output;
}

TEST(Fuzz, AWorkerThatCrashesLeavesItsInputAndTheCampaignGoesOn) {
  TestFolder folder;
  const Outcome outcome = Spawned(fuzz(folder / "out", "null_dereference", "6")).wait();
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  ASSERT_FALSE(races_in(folder / "out").empty()) << outcome.output;
  const std::string file = folder / ("out/" + races_in(folder / "out")[0]);
  EXPECT_EQ(racewalk({"replay", file}).status, 0) << racewalk({"replay", file}).output;
}

TEST(Fuzz, CtrlCIsExit130AndWhatWasFoundIsWhole) {
  TestFolder folder;
  Spawned campaign(fuzz(folder / "out", "abba", "600"));
  ASSERT_TRUE(eventually([&] { return !races_in(folder / "out").empty(); })) << campaign.said();
  campaign.signal(SIGINT);
  const Outcome outcome = campaign.wait(60);
  EXPECT_EQ(outcome.status, 130) << outcome.output;
  expect_all_whole(folder / "out");
  expect_all_whole(folder / "out/corpus");
}

TEST(Fuzz, AKilledWorkerIsStartedAgainAndBlamesNoInput) {
  TestFolder folder;
  Spawned campaign(fuzz(folder / "out", "", "600"));
  ASSERT_TRUE(eventually([&] { return !races_in(folder / "out/corpus").empty(); }));
  const std::vector<pid_t> first = children_of(campaign.pid());
  ASSERT_EQ(first.size(), 1U);
  ::kill(first[0], SIGKILL);
  EXPECT_TRUE(eventually([&] {
    const std::vector<pid_t> now = children_of(campaign.pid());
    return !now.empty() && now[0] != first[0];
  }));
  campaign.signal(SIGINT);
  const Outcome outcome = campaign.wait(60);
  EXPECT_TRUE(races_in(folder / "out").empty()) << outcome.output;
  ASSERT_EQ(races_in(folder / "out/work").size(), 1U) << outcome.output;
  EXPECT_TRUE(races_in(folder / "out/work")[0].starts_with("killed-"));
  expect_all_whole(folder / "out/work");
}

TEST(Fuzz, WorkersDieWithAKilledSupervisorAndTheNextCampaignGoesOn) {
  TestFolder folder;
  {
    Spawned campaign(fuzz(folder / "out", "abba", "600"));
    ASSERT_TRUE(eventually([&] { return !races_in(folder / "out").empty(); })) << campaign.said();
    const std::vector<pid_t> workers = children_of(campaign.pid());
    campaign.signal(SIGKILL);
    EXPECT_EQ(campaign.wait(60).status, 128 + SIGKILL);
    for (const pid_t worker : workers)
      EXPECT_TRUE(eventually([&] { return ::kill(worker, 0) != 0; })) << "a worker lives on";
  }
  expect_all_whole(folder / "out");
  expect_all_whole(folder / "out/corpus");
  const Outcome outcome = Spawned(fuzz(folder / "out", "abba", "3")).wait();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.output.find("1 finding from before"), std::string::npos) << outcome.output;
}

TEST(Fuzz, AFolderThatCannotBeMadeIsExit74) {
  TestFolder folder;
  ASSERT_EQ(engine::write_whole(folder / "file", ""), "");
  const Outcome outcome = Spawned(fuzz(folder / "file/out", "", "3")).wait();
  EXPECT_EQ(outcome.status, 74) << outcome.output;
  EXPECT_NE(outcome.output.find("cannot"), std::string::npos) << outcome.output;
}

// The limit on file sizes stands in for a full disk.
TEST(Fuzz, AFullDiskIsExit74) {
  TestFolder folder;
  const Outcome outcome = Spawned(fuzz(folder / "out", "abba", "10"), 1000).wait();
  EXPECT_EQ(outcome.status, 74) << outcome.output;
  expect_all_whole(folder / "out");
}

}  // namespace
}  // namespace rw::cli
