// Campaigns from outside: findings, seeds, workers, full disks.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "fuzz/cli/spawned_campaign.h"
#include "fuzz/engine/test_folder.h"

namespace rw::cli {
namespace {

using engine::TestFolder;

// A folder of so many programs that reading them takes a while.
std::string many_programs(const TestFolder& folder) {
  const std::string many = folder / "many";
  std::filesystem::create_directory(many);
  std::filesystem::copy_file(kLostUpdate, many + "/0.race");
  for (int i = 1; i < 30'000; ++i)
    std::filesystem::create_hard_link(many + "/0.race", fmt::format("{}/{}.race", many, i));
  return many;
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
  // The function that followed the null pointer is in the key: it is the same in each build.
  const std::string file = folder / "out/k1-crash-a875839f.race";
  const Outcome replayed = racewalk({"replay", file});
  EXPECT_EQ(replayed.status, 0) << replayed.output << outcome.output;
  EXPECT_SAYS(replayed, "died of SIGSEGV (Segmentation fault) in follow");
  EXPECT_SAYS(replayed, "/targets/puzzles/null_dereference.cc:");
}

TEST(Fuzz, SeveralWorkersRunAtATimeAndLeaveOneFinding) {
  TestFolder folder;
  std::vector<std::string> arguments = fuzz(folder / "out", "abba", "4");
  *std::find(arguments.begin(), arguments.end(), "1") = "3";
  Spawned campaign(arguments);
  EXPECT_TRUE(eventually([&] { return children_of(campaign.pid()).size() == 3; }));
  const Outcome outcome = campaign.wait();
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  EXPECT_EQ(races_in(folder / "out").size(), 1U) << outcome.output;
  EXPECT_TRUE(engine::list_folder(folder / "out/work").empty()) << "workers' files stayed";
  expect_all_whole(folder / "out/corpus");
}

TEST(Fuzz, TwoCampaignsOnOneFolderAtATimeLeaveEachOthersFilesWhole) {
  TestFolder folder;
  Spawned one(fuzz(folder / "out", "abba", "4"));
  Spawned other(with(fuzz(folder / "out", "abba", "4"), {"--seed", "2"}));
  for (Spawned* campaign : {&one, &other}) {
    const Outcome outcome = campaign->wait();
    EXPECT_EQ(outcome.status, 1) << outcome.output;
    EXPECT_SAYS(outcome, "1 finding in ");
  }
  EXPECT_EQ(races_in(folder / "out").size(), 1U);
  expect_all_whole(folder / "out");
  expect_all_whole(folder / "out/corpus");
  EXPECT_TRUE(engine::list_folder(folder / "out/work").empty()) << "workers' files stayed";
}

// What takes the kernel's memory model is hardly met by chance in this time.
TEST(Fuzz, SeedsAreRunWithTheMemoryModelTheyName) {
  TestFolder folder;
  const std::string seeds = folder / "seeds";
  std::filesystem::create_directory(seeds);
  std::filesystem::copy_file(
      std::string(RACEWALK_SOURCE_DIR) + "/repro/mm/retry-without-read-barrier.race",
      seeds + "/x.race");
  std::vector<std::string> arguments =
      with(fuzz(folder / "own", "retry-without-read-barrier", "1"), {"--seeds", seeds});
  arguments[2] = "mm";
  const Outcome own = Spawned(arguments).wait();
  EXPECT_EQ(own.status, 1) << own.output;
  EXPECT_SAYS(own, "k1-stale-secondary-");
  arguments[6] = folder / "sc";
  const Outcome sc = Spawned(with(arguments, {"--memory", "sc"})).wait();
  EXPECT_EQ(sc.status, 0) << sc.output;
}

TEST(Fuzz, AFolderThatTakesLongerToReadThanTheTimeIsRunAllTheSame) {
  TestFolder folder;
  const Outcome outcome =
      Spawned(with(fuzz(folder / "out", "", "0.1"), {"--seeds", many_programs(folder), "--json"}))
          .wait();
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(outcome.output.find("\"executions\": 0,"), std::string::npos) << outcome.output;
}

TEST(Fuzz, ACampaignThatRanNothingHasNotPassed) {
  TestFolder folder;
  const std::string copy = folder / "racewalk";
  std::filesystem::copy_file(racewalk_binary(), copy);
  // A worker of another build, which dies before it has run anything.
  ASSERT_EQ(engine::write_whole(copy + "-asan", "#!/bin/sh\nkill -KILL $$\n"), "");
  std::filesystem::permissions(copy + "-asan", std::filesystem::perms::owner_all);
  std::vector<std::string> campaign = fuzz(folder / "out", "", "0.05");
  campaign[4] = "asan-steered";
  const Outcome outcome = Spawned(campaign, 0, copy).wait();
  EXPECT_EQ(outcome.status, 64) << outcome.output;
  EXPECT_SAYS(outcome, "no program has run within --time 0.05: give it more");
}

TEST(Fuzz, MistakesAreToldOfBeforeAnythingRuns) {
  TestFolder folder;
  const auto refused = [&](const char* option, const char* value, const char* words) {
    const Outcome outcome = Spawned(with(fuzz(folder / "out", "", "600"), {option, value})).wait();
    EXPECT_EQ(outcome.status, 64) << outcome.output;
    EXPECT_SAYS(outcome, words);
    EXPECT_FALSE(std::filesystem::exists(folder / "out")) << option;
  };
  refused("--seeds", "/nowhere/seeds", "--seeds /nowhere/seeds: there is no such folder");
  refused("--rr", "nosuch", "write auto, hw, soft, off or a path");
  refused("--rr", "/nowhere/rr", "--rr /nowhere/rr: there is no such program");
  refused("--memory", "weak-exact", "weak-exact is for explorations");
  refused("--strategy", "bfs", "there is no strategy 'bfs'");
}

TEST(Fuzz, AFolderThatCannotBeMadeIsExit74) {
  TestFolder folder;
  ASSERT_EQ(engine::write_whole(folder / "file", ""), "");
  const Outcome outcome = Spawned(fuzz(folder / "file/out", "", "3")).wait();
  EXPECT_EQ(outcome.status, 74) << outcome.output;
  EXPECT_NE(outcome.output.find("cannot"), std::string::npos) << outcome.output;
  const Outcome json = Spawned(with(fuzz(folder / "file/out", "", "3"), {"--json"})).wait();
  EXPECT_EQ(json.status, 74) << json.output;
  EXPECT_SAYS(json, "\"error\": \"cannot");
}

// The limit on file sizes stands in for a full disk.
TEST(Fuzz, ADiskThatIsFullFromTheBeginningIsExit74) {
  TestFolder folder;
  const Outcome outcome = Spawned(fuzz(folder / "out", "abba", "10"), 1000).wait();
  EXPECT_EQ(outcome.status, 74) << outcome.output;
  EXPECT_SAYS(outcome, ".state: File too large");
  EXPECT_TRUE(races_in(folder / "out").empty());
}

// A disk of 3 MB in a mount namespace of its own, copied before that ends.
TEST(Fuzz, ADiskThatFillsUpIsExit74AndWhatIsOnItIsWhole) {
  TestFolder folder;
  std::filesystem::create_directory(folder / "disk");
  const char* script = R"(mount -t tmpfs -o size=3m none "$0" || exit 99
"$@"
status=$?
cp -r "$0" "$0.copy"
exit $status)";
  const std::vector<std::string> arguments = {
      "-rm", "sh", "-c", script, folder / "disk", racewalk_binary()};
  std::vector<std::string> campaign = fuzz(folder / "disk/out", "", "500");
  campaign[2] = "mm";  // its programs are larger
  const Outcome outcome = Spawned(with(arguments, campaign), 0, "/usr/bin/unshare").wait();
  if (outcome.status == 99 || outcome.output.starts_with("unshare: "))
    GTEST_SKIP() << "no disk can be mounted here: " << outcome.output;
  EXPECT_EQ(outcome.status, 74) << outcome.output;
  EXPECT_SAYS(outcome, "racewalk: cannot write " + (folder / "disk/out/corpus/"));
  EXPECT_SAYS(outcome, "No space left on device");
  expect_all_whole(folder / "disk.copy/out/corpus");
}

}  // namespace
}  // namespace rw::cli
