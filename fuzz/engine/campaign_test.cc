#include "fuzz/engine/campaign.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "fuzz/engine/dying.h"
#include "fuzz/engine/exit_status.h"
#include "fuzz/engine/test_folder.h"
#include "fuzz/exec/fiber.h"
#include "fuzz/program/bytes.h"
#include "fuzz/program/generate.h"
#include "fuzz/program/prng.h"
#include "fuzz/program/redraw.h"
#include "fuzz/program/text.h"
#include "fuzz/verdict/key.h"

namespace rw::engine {
namespace {

Target& puzzles() {
  return *find_target("puzzles");
}

CampaignOptions hunting(const char* puzzle) {
  CampaignOptions options;
  options.target = &puzzles();
  const auto rule = program::find_known_wrong(puzzles(), puzzle);
  EXPECT_TRUE(rule.ok()) << puzzle;
  options.design = program::hunting_design(puzzles(), *rule.value());
  options.max_executions = 20'000;
  options.shrink_seconds = 1e9;  // what is found is a function of the seed
  options.enough = [](const Finding&) { return true; };
  return options;
}

TEST(Campaign, FindsAPuzzleShrinksItAndWhatItSavesFailsAgainWithTheSameKey) {
  TestFolder folder;
  CampaignOptions options = hunting("abba");
  options.out = folder.path;
  Campaign campaign(options);
  ASSERT_EQ(campaign.run(), "");
  ASSERT_EQ(campaign.findings().size(), 1U);
  const Finding& finding = campaign.findings()[0];
  EXPECT_EQ(finding.found.own_bug, "");
  EXPECT_EQ(finding.found.failure.kind, "deadlock");
  EXPECT_EQ(finding.size.tasks, 2U);
  EXPECT_EQ(finding.file, folder / (finding.found.key + ".race"));

  const auto saved = program::load(finding.file);
  ASSERT_TRUE(saved.ok()) << saved.error().text();
  EXPECT_EQ(saved.value().key, finding.found.key);
  const exec::Result again = run(saved.value(), {});
  ASSERT_TRUE(again.failure.has_value());
  EXPECT_EQ(verdict::key_of(*again.failure), finding.found.key);
  FileError error;
  const std::string picture = read_whole(folder / (finding.found.key + ".txt"), error).value_or("");
  EXPECT_NE(picture.find("Replay:"), std::string::npos);
  EXPECT_NE(picture.find("Shrink:"), std::string::npos);
}

TEST(Campaign, FindsNothingInTheFixedTwin) {
  CampaignOptions options;
  options.target = &puzzles();
  options.max_executions = 20'000;
  Campaign campaign(options);
  ASSERT_EQ(campaign.run(), "");
  // The last program may have been run twice, once for a profile.
  EXPECT_LE(campaign.statistics().executions - 20'000, 1U);
  for (const Finding& finding : campaign.findings())
    ADD_FAILURE() << summary_of(finding, "racewalk");
  EXPECT_GT(campaign.coverage().orderings(), 0U);
  EXPECT_GT(campaign.corpus().size(), 0U);
}

// How often a campaign of so many executions begins, whose shortest start is of 100.
std::uint64_t starts_in(std::uint64_t executions, const std::string& corpus) {
  CampaignOptions options;
  options.target = &puzzles();
  options.corpus = corpus;
  options.max_executions = executions;
  options.shortest_start = 100;
  Campaign campaign(options);
  EXPECT_EQ(campaign.run(), "");
  return campaign.statistics().starts;
}

// Starts of 100, 100, 200, 100, 100, 200 and 400 executions are over after 1200.
TEST(Campaign, InMemoryItStartsOverAfterEverLongerTimes) {
  EXPECT_EQ(starts_in(1190, ""), 7U);
}

TEST(Campaign, WithACorpusItGoesOn) {
  const TestFolder folder;
  EXPECT_EQ(starts_in(500, folder.path), 1U);
}

TEST(Campaign, AnOpenDesignIsAnotherRightOneForEachProgram) {
  CampaignOptions options;
  options.target = find_target("mm");
  options.design.assign(options.target->axes().size(), program::kOpen);
  options.max_executions = 2000;
  Campaign campaign(options);
  ASSERT_EQ(campaign.run(), "");
  EXPECT_TRUE(campaign.findings().empty());
  program::Prng prng(1);
  std::set<program::DesignValues> designs;
  for (int i = 0; i < 50; ++i) {
    const program::Program& p = campaign.corpus().pick(prng);
    EXPECT_TRUE(program::verdict(*options.target, p.design).right()) << program::print(p);
    designs.insert(p.design);
  }
  EXPECT_GT(designs.size(), 20U);
}

TEST(Campaign, TheSameSeedRunsTheSamePrograms) {
  std::uint64_t steps[2] = {};
  std::string keys[2];
  for (int i = 0; i < 2; i++) {
    CampaignOptions options = hunting("three_locks");
    options.max_executions = 3000;
    options.enough = {};
    options.seed = 7;
    Campaign campaign(options);
    ASSERT_EQ(campaign.run(), "");
    steps[i] = campaign.statistics().steps;
    for (const Finding& finding : campaign.findings())
      keys[i] += finding.found.key + " at " + std::to_string(finding.executions) + " " +
                 program::print(finding.found.program);
  }
  EXPECT_EQ(steps[0], steps[1]);
  EXPECT_EQ(keys[0], keys[1]);
}

TEST(Campaign, EachKeyIsReportedOnce) {
  CampaignOptions options = hunting("canary");
  options.enough = {};
  options.max_executions = 2000;
  Campaign campaign(options);
  ASSERT_EQ(campaign.run(), "");
  EXPECT_EQ(campaign.findings().size(), 1U);
  EXPECT_GT(campaign.statistics().failures, 10U);
}

TEST(Campaign, AFindingIsNewsToThePortfolio) {
  CampaignOptions options = hunting("canary");
  options.enough = {};
  options.max_executions = 2000;
  Campaign campaign(options);
  ASSERT_EQ(campaign.run(), "");
  ASSERT_EQ(campaign.findings().size(), 1U);
  // Its runs, which all fail, reach nothing new.
  EXPECT_EQ(campaign.portfolio().news(), Portfolio::kWorthOfAFinding);
}

TEST(Campaign, AFolderThatGoesAwayEndsTheCampaignWithAnError) {
  TestFolder folder;
  CampaignOptions options = hunting("abba");
  options.out = folder / "gone";
  options.enough = {};
  Campaign campaign(options);
  const FileError error = campaign.run();
  EXPECT_NE(error.find("gone"), std::string::npos) << error;
}

// Runs a campaign that ends its process, in a child.
void die_of_an_input(std::uint64_t seed, SharedState& shared) {
  const pid_t child = ::fork();
  if (child == 0) {
    CampaignOptions options = hunting("null_dereference");
    options.seed = seed;
    options.shared = &shared;
    (void)Campaign(options).run();
    ::_exit(kExitNothing);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) != kExitNothing) << "it survived";
}

// The input before it has not ended its process, so it would not do.
TEST(Campaign, WhatEndsItsProcessIsOnRecord) {
  if (!exec::fiber_survives_fork()) GTEST_SKIP() << "TSan: only as the first test of a process";
  TestFolder folder;
  unsigned later = 0;  // than the first program
  for (std::uint64_t seed = 1; seed <= 8; seed++) {
    FileError error;
    const auto shared = SharedState::create(folder / "state", error);
    ASSERT_NE(shared, nullptr) << error;
    die_of_an_input(seed, *shared);
    const std::optional<std::string> input = shared->current_input();
    ASSERT_TRUE(input.has_value());
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(input->data());
    const program::Program p =
        program::as_run(program::decode(puzzles(), {bytes, input->size()}), shared->run_record());
    EXPECT_TRUE(ChildRunner().run(p).death.has_value()) << program::print(p);
    later += shared->counters().executions.load() > 0 ? 1 : 0;
  }
  EXPECT_GT(later, 0U);
}

TEST(Campaign, WhatItHasDoneIsInTheSharedState) {
  TestFolder folder;
  FileError error;
  const auto shared = SharedState::create(folder / "state", error);
  CampaignOptions options = hunting("canary");
  options.shared = shared.get();
  options.shrink_candidates = 0;
  Campaign campaign(options);
  ASSERT_EQ(campaign.run(), "");
  EXPECT_TRUE(shared->current_input().has_value());
  EXPECT_EQ(shared->counters().executions.load(), campaign.statistics().executions);
  EXPECT_EQ(shared->counters().findings.load(), 1U);
  EXPECT_EQ(shared->counters().found_executions.load(), campaign.findings()[0].executions);
}

TEST(SearchSchedules, FindsAFailingScheduleForOpsThatCanFail) {
  CampaignOptions options = hunting("abba");
  Campaign campaign(options);
  ASSERT_EQ(campaign.run(), "");
  ASSERT_EQ(campaign.findings().size(), 1U);
  program::Program p = campaign.findings()[0].found.program;
  p.schedule = {};
  const std::optional<Found> found = search_schedules(p, 2000, 1);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->key, campaign.findings()[0].found.key);
}

TEST(AddComment, WrapsWordsAndTheTextStillParses) {
  program::Program p = program::generate(puzzles(), {}, 1);
  add_comment(p, "first\nline with a \x01 control character");
  add_comment(p, std::string(60, 'a') + " " + std::string(60, 'b'));
  const std::string text = program::print(p);
  EXPECT_NE(text.find("# first line with a control character\n# aaa"), std::string::npos) << text;
  EXPECT_NE(text.find("\n# bbb"), std::string::npos) << text;
  EXPECT_TRUE(program::parse(text, "x.race").ok());
}

}  // namespace
}  // namespace rw::engine
