// Reports of real runs, read by other programs than ours; and what happens when one cannot be
// written.
#include "fuzz/cli/ci_outputs.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "fuzz/cli/spawned_campaign.h"
#include "fuzz/engine/test_folder.h"

namespace rw::cli {
namespace {

using engine::TestFolder;

const std::string kRepro = std::string(RACEWALK_SOURCE_DIR) + "/repro/";

const std::string kDeadly = null_dereference("expect: crash\nkey: k1-crash-a875839f\n");

#define SKIP_UNLESS_PLAIN()                              \
  if (verdict::built_with(verdict::Sanitizer::thread) || \
      verdict::built_with(verdict::Sanitizer::address))  \
  GTEST_SKIP() << "the reports are the same in each build"

Outcome check(const std::string& format, std::vector<std::string> files) {
  files.insert(files.begin(), format);
  return Spawned(files, 0, std::string(RACEWALK_SOURCE_DIR) + "/ci/check_report.py").wait();
}

nlohmann::json results_in(const std::string& path) {
  return nlohmann::json::parse(contents(path))["runs"][0]["results"];
}

// lost_update.race, which fails, with another expectation.
std::string expecting_none(const TestFolder& folder) {
  std::string text = contents(kRepro + "puzzles/lost_update.race");
  text.replace(text.find("expect: invariant"), 17, "expect: none");
  const std::size_t key = text.find("key: ");
  text.erase(key, text.find('\n', key) + 1 - key);
  EXPECT_EQ(engine::write_whole(folder / "none.race", text), "");
  return folder / "none.race";
}

TEST(CiOutputs, EveryReproIsReadByOtherProgramsAsAFinding) {
  SKIP_UNLESS_PLAIN();
  TestFolder folder;
  const Outcome outcome = racewalk({"report", kRepro + "mm", kRepro + "puzzles", "--sarif",
                                    folder / "x.sarif", "--junit", folder / "x.xml"});
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  const Outcome sarif = check("sarif", {folder / "x.sarif"});
  EXPECT_EQ(sarif.status, 0) << sarif.output;
  const Outcome junit = check("junit", {folder / "x.xml"});
  EXPECT_EQ(junit.status, 0) << junit.output;
  EXPECT_SAYS(junit, "mm k1-use-after-free-3bc7f693 failed");
}

TEST(CiOutputs, EachResultNamesItsPlaceAndShowsItsInterleaving) {
  SKIP_UNLESS_PLAIN();
  TestFolder folder;
  EXPECT_EQ(racewalk({"report", kRepro + "puzzles", "--sarif", folder / "x.sarif"}).status, 1);
  const auto results = results_in(folder / "x.sarif");
  EXPECT_GT(results.size(), 20U);
  for (const auto& result : results) {
    EXPECT_TRUE(result.contains("codeFlows")) << result["message"];
    EXPECT_GE(result["locations"][0]["physicalLocation"]["region"]["startLine"], 1);
  }
}

TEST(CiOutputs, AReproThatEndsAsExpectedHasPassedAndIsSuppressed) {
  SKIP_UNLESS_PLAIN();
  TestFolder folder;
  const std::string file = kRepro + "puzzles/lost_update.race";
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"replay", file}, {"report", "--as-expected", file}}) {
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(),
                     {"--sarif", folder / "x.sarif", "--junit", folder / "x.xml", "--github"});
    const Outcome outcome = racewalk(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_EQ(outcome.output.find("::error"), std::string::npos) << outcome.output;
    EXPECT_SAYS(check("junit", {folder / "x.xml"}), "puzzles " + file + " passed");
    EXPECT_EQ(check("sarif", {folder / "x.sarif"}).status, 0);
    EXPECT_TRUE(results_in(folder / "x.sarif")[0].contains("suppressions"));
  }
}

TEST(CiOutputs, AFailureThatNobodyExpectedIsAFailedCaseAndAnAnnotation) {
  SKIP_UNLESS_PLAIN();
  TestFolder folder;
  const std::string file = expecting_none(folder);
  const Outcome outcome = racewalk({"replay", file, "--sarif", folder / "x.sarif", "--junit",
                                    folder / "x.xml", "--github", "--summary", folder / "x.md"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_SAYS(outcome, "::error file=targets/puzzles/lost_update.cc,line=");
  EXPECT_SAYS(check("junit", {folder / "x.xml"}), "puzzles " + file + " failed");
  EXPECT_FALSE(results_in(folder / "x.sarif")[0].contains("suppressions"));
  EXPECT_NE(contents(folder / "x.md").find("2 increments, the counter says 1"), std::string::npos);
}

TEST(CiOutputs, ACampaignIsACaseAndSoIsEachFinding) {
  SKIP_UNLESS_PLAIN();
  TestFolder folder;
  const std::string out = folder / "findings";
  const Outcome outcome =
      racewalk({"fuzz", "--target", "puzzles", "--design", "puzzle=lost_update,twin=planted",
                "--time", "1", "--jobs", "plain-steered", "--out", out, "--sarif",
                folder / "x.sarif", "--junit", folder / "x.xml", "--github", "--json"});
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  const Outcome junit = check("junit", {folder / "x.xml"});
  EXPECT_SAYS(junit, "puzzles campaign passed");
  EXPECT_SAYS(junit, "puzzles k1-invariant-");
  const Outcome sarif = check("sarif", {folder / "x.sarif"});
  EXPECT_EQ(sarif.status, 0) << sarif.output;
  const auto results = results_in(folder / "x.sarif");
  ASSERT_FALSE(results.empty());
  EXPECT_TRUE(results[0].contains("codeFlows"));
  // The folder alone gives the same failures, after a campaign that was killed, say.
  racewalk({"report", out, "--sarif", folder / "again.sarif"});
  const auto again = results_in(folder / "again.sarif");
  ASSERT_EQ(again.size(), results.size());
  EXPECT_EQ(again[0]["partialFingerprints"], results[0]["partialFingerprints"]);
  EXPECT_EQ(again[0]["codeFlows"], results[0]["codeFlows"]);
}

TEST(CiOutputs, ACampaignThatIsInterruptedHasNotPassed) {
  SKIP_UNLESS_PLAIN();
  TestFolder folder;
  Spawned campaign(with(fuzz(folder / "out", "", "600"), {"--junit", folder / "x.xml"}));
  ASSERT_TRUE(eventually([&] { return !races_in(folder / "out/corpus").empty(); }));
  campaign.signal(SIGINT);
  const Outcome outcome = campaign.wait();
  EXPECT_EQ(outcome.status, 130) << outcome.output;
  EXPECT_SAYS(contents(folder / "x.xml"), "<skipped message=\"interrupted after ");
  EXPECT_SAYS(check("junit", {folder / "x.xml"}), "puzzles campaign skipped");
}

TEST(CiOutputs, AFindingThatEndsTheProcessIsRunAgainInAChildAndHasAFile) {
  SKIP_UNLESS_PLAIN();
  TestFolder folder;
  const std::string file = folder / "k1-crash-a875839f.race";
  ASSERT_EQ(engine::write_whole(file, kDeadly), "");
  EXPECT_EQ(racewalk({"report", folder.path, "--sarif", folder / "x.sarif"}).status, 1);
  EXPECT_EQ(check("sarif", {folder / "x.sarif"}).status, 0);
  const auto result = results_in(folder / "x.sarif")[0];
  EXPECT_EQ(result["ruleId"], "crash");
  const auto& place = result["locations"][0]["physicalLocation"]["artifactLocation"];
  EXPECT_EQ(place["uri"], "file://" + file);
  const Outcome test = racewalk({"report", "--as-expected", file});
  EXPECT_EQ(test.status, 0) << test.output;
  // A failure that this build does not see is told of in the words saved beside the program.
  std::string sanitizer = kDeadly;
  sanitizer.replace(sanitizer.find("expect: crash"), 13, "expect: sanitizer");
  sanitizer.replace(sanitizer.find("k1-crash"), 8, "k1-sanitizer");
  ASSERT_EQ(engine::write_whole(file, sanitizer), "");
  ASSERT_EQ(engine::write_whole(folder / "k1-crash-a875839f.report.txt", "its words"), "");
  racewalk({"report", file, "--junit", folder / "x.xml"});
  EXPECT_NE(contents(folder / "x.xml").find("its words"), std::string::npos);
}

TEST(CiOutputs, AFileThatCannotBeReadIsAnErrorAndTheOthersAreReported) {
  SKIP_UNLESS_PLAIN();
  TestFolder folder;
  const std::string bad = file_with(folder, "# racewalk 1\ntarget: puzzles\nT0:\n  nothing\n");
  const std::string good = kRepro + "puzzles/lost_update.race";
  const Outcome outcome = racewalk({"report", bad, folder / "none.race", good, "--as-expected",
                                    "--junit", folder / "x.xml", "--summary", folder / "x.md"});
  EXPECT_EQ(outcome.status, 64) << outcome.output;
  EXPECT_SAYS(outcome, "ERROR " + bad + ": " + bad + ":4: target 'puzzles' has no op 'nothing'");
  EXPECT_SAYS(outcome, "/none.race: No such file or directory");
  EXPECT_SAYS(outcome, "passed " + good);
  EXPECT_SAYS(outcome, "1 passed, 2 failed, 2 of them unreadable");
  const Outcome junit = check("junit", {folder / "x.xml"});
  EXPECT_EQ(junit.status, 0) << junit.output;
  EXPECT_SAYS(junit, "puzzles " + bad + " error");
  EXPECT_SAYS(junit, "puzzles " + good + " passed");
  EXPECT_SAYS(contents(folder / "x.xml"), R"(failures="0" errors="2")");
  EXPECT_SAYS(contents(folder / "x.md"), "1 passed, 2 failed");
  const Outcome json = racewalk({"report", bad, good, "--json"});
  EXPECT_EQ(json.status, 64) << json.output;
  const auto cases = nlohmann::json::parse(json.output, nullptr, false)["cases"];
  ASSERT_EQ(cases.size(), 2U) << json.output;
  EXPECT_EQ(cases[0]["passed"], false);
  EXPECT_TRUE(cases[0]["finding"].is_null());
  EXPECT_EQ(cases[1]["name"], "k1-invariant-6ceb2f1d") << "the others' cases are as without it";
}

TEST(CiOutputs, ARuleThatIsFoundHasPassed) {
  SKIP_UNLESS_PLAIN();
  TestFolder folder;
  const Outcome outcome = racewalk({"bugs", "--target", "puzzles", "--hunt", "lost_update",
                                    "--junit", folder / "x.xml", "--sarif", folder / "x.sarif"});
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_SAYS(check("junit", {folder / "x.xml"}), "puzzles lost_update passed");
  EXPECT_EQ(check("sarif", {folder / "x.sarif"}).status, 0);
  EXPECT_EQ(racewalk({"bugs", "--junit", folder / "x.xml"}).status, 64);
}

TEST(CiOutputs, TheCheckerFindsWhatIsWrong) {
  SKIP_UNLESS_PLAIN();
  TestFolder folder;
  const std::string file = kRepro + "puzzles/double_free.race";
  racewalk({"replay", file, "--sarif", folder / "x.sarif", "--junit", folder / "x.xml"});
  const auto log = nlohmann::json::parse(contents(folder / "x.sarif"));
  const std::string result = "/runs/0/results/0";
  const std::string place = result + "/locations/0/physicalLocation";
  const std::string flow = result + "/codeFlows/0/threadFlows/0/locations";
  std::vector<std::string> files;
  for (const auto& [path, value] :
       std::map<std::string, nlohmann::json>{{result + "/level", "fatal"},
                                             {result + "/ruleIndex", 0},
                                             {result + "/colour", "red"},
                                             {result + "/locations", nlohmann::json::object()},
                                             {place + "/region/startLine", 0},
                                             {place + "/artifactLocation/uri", "/targets/x.cc"},
                                             {place + "/artifactLocation/uriBaseId", "ROOT"},
                                             {flow + "/0/executionOrder", 1'000'000},
                                             {"/runs/0/tool/driver/name", nullptr}}) {
    auto wrong = log;
    wrong[nlohmann::json::json_pointer(path)] = value;
    files.push_back(folder / (std::to_string(files.size()) + ".sarif"));
    ASSERT_EQ(engine::write_whole(files.back(), wrong.dump()), "");
  }
  const Outcome checked = check("sarif", files);
  EXPECT_EQ(checked.status, 1);
  for (const std::string& wrong : files) EXPECT_SAYS(checked, wrong + ": ");
  std::string xml = contents(folder / "x.xml");
  xml.replace(xml.find("tests=\"1\""), 9, "tests=\"2\"");
  ASSERT_EQ(engine::write_whole(folder / "x.xml", xml), "");
  EXPECT_EQ(check("junit", {folder / "x.xml"}).status, 1);
}

TEST(CiOutputs, AFolderThatIsNotThereIsToldOfBeforeAnythingRuns) {
  TestFolder folder;
  for (const char* option : {"--sarif", "--junit", "--summary"}) {
    const Outcome outcome =
        racewalk({"fuzz", "--target", "puzzles", "--out", folder / "out", option, folder / "no/x"});
    EXPECT_EQ(outcome.status, 74) << outcome.output;
    EXPECT_SAYS(outcome, "cannot write " + (folder / "no/x: No such file or directory"));
    EXPECT_FALSE(std::filesystem::exists(folder / "out")) << option;
  }
}

TEST(CiOutputs, AReportMayLieInTheFolderThatTheCommandMakes) {
  SKIP_UNLESS_PLAIN();
  TestFolder folder;
  const std::string findings = folder / "new/findings", saved = folder / "new/saved";
  const Outcome campaign = racewalk(
      {"fuzz", "--target", "puzzles", "--design", "puzzle=lost_update,twin=planted", "--time", "1",
       "--jobs", "plain-steered", "--out", findings, "--junit", findings + "/x.xml"});
  EXPECT_EQ(campaign.status, 1) << campaign.output;
  EXPECT_SAYS(check("junit", {findings + "/x.xml"}), "puzzles campaign passed");
  const Outcome hunt = racewalk({"bugs", "--target", "puzzles", "--hunt", "lost_update", "--save",
                                 saved, "--junit", saved + "/x.xml"});
  EXPECT_EQ(hunt.status, 0) << hunt.output;
  EXPECT_SAYS(check("junit", {saved + "/x.xml"}), "puzzles lost_update passed");
}

TEST(CiOutputs, AFullDiskIsToldOfAndTakesNothingAway) {
  TestFolder folder;
  const std::string file = kRepro + "mm/12-register-narrow-lock.race";
  for (const char* option : {"--sarif", "--junit", "--summary"}) {
    const std::string path = folder / "x";
    ASSERT_EQ(engine::write_whole(path, "as it was"), "");
    constexpr std::size_t kLimit = 1000;  // bytes; less than any report has
    const Outcome outcome = Spawned({"report", file, option, path}, kLimit).wait();
    EXPECT_EQ(outcome.status, 74) << option;
    EXPECT_SAYS(outcome, "cannot write " + path + ": File too large (" + option + ")");
    EXPECT_EQ(contents(path), "as it was") << option;
    // Devices are written to, not replaced.
    const Outcome full = racewalk({"report", file, option, "/dev/full"});
    EXPECT_EQ(full.status, 74) << full.output;
    EXPECT_SAYS(full, "cannot write /dev/full: No space left on device");
    EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
  }
}

TEST(CiOutputs, FindingsStayWhenTheirReportCannotBeWritten) {
  SKIP_UNLESS_PLAIN();
  TestFolder folder;
  const std::string out = folder / "findings";
  const Outcome outcome =
      racewalk({"fuzz", "--target", "puzzles", "--design", "puzzle=lost_update,twin=planted",
                "--time", "1", "--jobs", "plain-steered", "--out", out, "--junit", "/dev/full",
                "--summary", folder / "x.md", "--json"});
  EXPECT_EQ(outcome.status, 74) << outcome.output;
  EXPECT_SAYS(outcome, "\"exit_status\": 74");
  EXPECT_EQ(racewalk({"report", out}).status, 1);
  EXPECT_NE(contents(folder / "x.md").find("k1-invariant"), std::string::npos)
      << "the other report is written all the same";
}

TEST(CiOutputs, SeveralCommandsAddToOneSummary) {
  TestFolder folder;
  for (int i = 0; i < 2; ++i)
    racewalk({"replay", kRepro + "puzzles/lost_update.race", "--summary", folder / "x.md"});
  const std::string text = contents(folder / "x.md");
  EXPECT_NE(text.find("### racewalk replay", 1), std::string::npos) << text;
  EXPECT_TRUE(text.starts_with("### racewalk replay: 1 passed, 0 failed\n"));
}

}  // namespace
}  // namespace rw::cli
