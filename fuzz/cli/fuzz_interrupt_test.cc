// Campaigns from outside: Ctrl-C and its like, and processes that are killed.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "fuzz/cli/spawned_campaign.h"
#include "fuzz/engine/test_folder.h"

namespace rw::cli {
namespace {

using engine::TestFolder;

TEST(Fuzz, CtrlCIsExit130AndWhatWasFoundIsWhole) {
  TestFolder folder;
  Spawned campaign(fuzz(folder / "out", "abba", "600"));
  ASSERT_TRUE(eventually([&] { return !races_in(folder / "out").empty(); })) << campaign.said();
  ASSERT_TRUE(eventually([&] { return !races_in(folder / "out/corpus").empty(); }));
  campaign.signal(SIGINT);
  const Outcome outcome = campaign.wait();
  EXPECT_EQ(outcome.status, 130) << outcome.output;
  expect_all_whole(folder / "out");
  expect_all_whole(folder / "out/corpus");
}

TEST(Fuzz, CtrlCWhileAFindingIsRecordedIsExit130AndLeavesNothingHalf) {
  TestFolder folder;
  Spawned campaign(with(fuzz(folder / "out", "abba", "1"), {"--rr", endless_rr(folder)}));
  const auto recording = [&] {
    const std::vector<std::string> races = races_in(folder / "out");
    return std::ranges::any_of(races, [&](const std::string& name) {
      const std::string stem = name.substr(0, name.find(".race"));
      return std::filesystem::exists(folder / ("out/" + stem + ".rr.tmp"));
    });
  };
  ASSERT_TRUE(eventually(recording)) << campaign.said();
  campaign.signal(SIGINT);
  const Outcome outcome = campaign.wait();
  EXPECT_EQ(outcome.status, 130) << outcome.output;
  EXPECT_SAYS(outcome, "not recorded: interrupted");
  EXPECT_FALSE(recording());
  expect_all_whole(folder / "out");
}

// As a terminal, a service manager or a CI runner does it.
TEST(Fuzz, ASignalToTheWholeProcessGroupIsExit130AndBlamesNoInput) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    TestFolder folder;
    Spawned campaign(fuzz(folder / "out", "", "600"));
    ASSERT_TRUE(eventually([&] { return !races_in(folder / "out/corpus").empty(); }));
    const std::vector<pid_t> workers = children_of(campaign.pid());
    ASSERT_EQ(workers.size(), 1U);
    ::kill(workers[0], signal);
    ::kill(workers[0], SIGTERM);  // the supervisor's word, before the worker has ended
    campaign.signal(signal);
    const Outcome outcome = campaign.wait();
    EXPECT_EQ(outcome.status, 130) << outcome.output;
    EXPECT_TRUE(races_in(folder / "out").empty()) << outcome.output;
    EXPECT_TRUE(engine::list_folder(folder / "out/work").empty()) << "workers' files stayed";
    expect_all_whole(folder / "out/corpus");
  }
}

TEST(Fuzz, UnderNohupAClosedTerminalChangesNothing) {
  TestFolder folder;
  auto* const before = ::signal(SIGHUP, SIG_IGN);
  Spawned campaign(fuzz(folder / "out", "", "2"));
  ::signal(SIGHUP, before);
  ASSERT_TRUE(eventually([&] { return !races_in(folder / "out/corpus").empty(); }));
  campaign.signal(SIGHUP);
  const Outcome outcome = campaign.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.output;
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
  const Outcome outcome = campaign.wait();
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
    ASSERT_TRUE(eventually([&] { return !races_in(folder / "out/corpus").empty(); }));
    const std::vector<pid_t> workers = children_of(campaign.pid());
    ASSERT_FALSE(workers.empty());
    campaign.signal(SIGKILL);
    EXPECT_EQ(campaign.wait().status, 128 + SIGKILL);
    for (const pid_t worker : workers)
      EXPECT_TRUE(eventually([&] { return ::kill(worker, 0) != 0; })) << "a worker lives on";
  }
  expect_all_whole(folder / "out");
  expect_all_whole(folder / "out/corpus");
  const Outcome outcome = Spawned(fuzz(folder / "out", "abba", "3")).wait();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.output.find("1 finding from before"), std::string::npos) << outcome.output;
}

}  // namespace
}  // namespace rw::cli
