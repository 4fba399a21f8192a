// The reports for CI services, of cases told by hand. Their validity by other programs' rules is
// tested where real runs are (fuzz/cli/ci_outputs_test.cc).
#include "fuzz/report/ci_report.h"

#include <gtest/gtest.h>

#include "fuzz/report/github.h"
#include "fuzz/report/job_summary.h"
#include "fuzz/report/junit.h"
#include "fuzz/report/sarif.h"
#include "fuzz/report/story.h"
#include "fuzz/report/text.h"

namespace rw::report {
namespace {

bool holds(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

std::size_t times(const std::string& text, const std::string& words) {
  std::size_t n = 0;
  for (std::size_t at = text.find(words); at != text.npos; at = text.find(words, at + 1)) ++n;
  return n;
}

// T1 frees the object that T0 is on its way to.
Case use_after_free() {
  Story story;
  story.op(0, "truncate f0 0");
  story.change(0, "page#1.lock", 0, 1);
  story.op(1, "munmap mm0 0x0");
  story.change(1, "page#1.refcount", 1, 0);
  story.event(exec::EventKind::died, 1, "page#1");
  const exec::Place freed_at = story.here();
  story.read(0, "page#1.mapping", 1);
  Case c;
  c.target = find_target("puzzles");
  c.name = "repro/a b.race";
  c.outcome = Case::Outcome::failed;
  c.why = "page#1: freed by T1, and used by T0";
  c.replay = "racewalk replay 'repro/a b.race'";
  c.trace = story.trace;
  Finding finding;
  finding.failure.kind = "use-after-free";
  finding.failure.parts = {"page", "unmap", "truncate"};
  finding.failure.message = c.why;
  finding.failure.where = story.here();
  finding.failure.task = 0;
  finding.failure.step = story.step;
  finding.key = "k1-use-after-free-0123abcd";
  finding.summary = "the program & the <picture>\n";
  c.finding = finding;
  EXPECT_NE(freed_at.line, story.here().line);
  return c;
}

Case without_finding(const std::string& name, Case::Outcome outcome) {
  Case c;
  c.target = find_target("mm");
  c.name = name;
  c.outcome = outcome;
  c.why = "not found in 60 s";
  return c;
}

CiReport report_of(std::vector<Case> cases) {
  return {"fuzz", "racewalk fuzz", "0.1.0", 1, std::move(cases)};
}

TEST(Sarif, HasOneThreadFlowPerTaskInTheOrderOfTheSteps) {
  const Json run = Json::parse(sarif(report_of({use_after_free()})))["runs"][0];
  const Json& result = run["results"][0];
  EXPECT_EQ(result["ruleId"], "use-after-free");
  EXPECT_EQ(run["tool"]["driver"]["rules"][result["ruleIndex"].get<int>()]["id"], "use-after-free");
  EXPECT_EQ(result["partialFingerprints"]["racewalkKey/v1"], "k1-use-after-free-0123abcd");
  const Json& threads = result["codeFlows"][0]["threadFlows"];
  ASSERT_EQ(threads.size(), 2U);
  EXPECT_EQ(threads[0]["id"], "T0");
  EXPECT_EQ(threads[1]["id"], "T1");
  // T0 begins before T1 does anything, and fails after T1's last step.
  const auto order = [](const Json& location) { return location["executionOrder"].get<int>(); };
  EXPECT_LT(order(threads[0]["locations"].front()), order(threads[1]["locations"].front()));
  EXPECT_GT(order(threads[0]["locations"].back()), order(threads[1]["locations"].back()));
  EXPECT_EQ(threads[0]["locations"].back()["importance"], "essential");
}

TEST(Sarif, NamesTheFailingStepAndTheOneItFailedAgainst) {
  const Case c = use_after_free();
  const Json result = Json::parse(sarif(report_of({c})))["runs"][0]["results"][0];
  const Json& place = result["locations"][0]["physicalLocation"];
  EXPECT_EQ(place["artifactLocation"]["uri"], "targets/mm/zap.cc");
  EXPECT_EQ(place["artifactLocation"]["uriBaseId"], "SRCROOT");
  EXPECT_EQ(place["region"]["startLine"], c.finding->failure.where.line);
  ASSERT_EQ(result["relatedLocations"].size(), 1U);
  EXPECT_TRUE(holds(result["relatedLocations"][0]["message"]["text"], "T1: frees page#1"));
  EXPECT_EQ(uri_of("a b/c%.cc"), "a%20b/c%25.cc");
}

TEST(Sarif, SuppressesWhatWasExpectedAndLeavesOutWhatDidNotFail) {
  Case expected = use_after_free();
  expected.outcome = Case::Outcome::passed;
  const Json results = Json::parse(
      sarif(report_of({expected, use_after_free(),
                       without_finding("x", Case::Outcome::failed)})))["runs"][0]["results"];
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0]["suppressions"][0]["kind"], "external");
  EXPECT_FALSE(results[1].contains("suppressions"));
}

TEST(Junit, CountsAndShowsCasesByTarget) {
  const std::string xml =
      junit(report_of({use_after_free(), without_finding("8", Case::Outcome::passed),
                       without_finding("9", Case::Outcome::skipped),
                       without_finding("10", Case::Outcome::failed)}));
  EXPECT_TRUE(holds(xml, R"(<testsuites name="racewalk fuzz" tests="4" failures="2" errors="0" )"
                         R"(skipped="1" time="0.000">)"));
  EXPECT_TRUE(holds(xml, R"(<testsuite name="mm" tests="3" failures="1" errors="0" skipped="1")"));
  EXPECT_TRUE(holds(xml, R"(<testcase classname="racewalk.puzzles" name="repro/a b.race")"));
  EXPECT_TRUE(holds(xml, "<system-out>the program &amp; the &lt;picture&gt;\n</system-out>"));
  EXPECT_TRUE(holds(xml, "&lt;- use-after-free")) << "the picture is in the failure: " << xml;
  EXPECT_TRUE(holds(xml, R"(<failure type="no-failure" message="not found in 60 s">)"));
}

TEST(Junit, HoldsNothingThatXmlCannotCarry) {
  EXPECT_EQ(xml_escaped("a\x01z\xff\"'\n"), "a\xEF\xBF\xBDz\xEF\xBF\xBD&quot;'\n");
  EXPECT_EQ(printable_utf8("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x90\x9B"),
            "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x90\x9B");
  // Overlong, a surrogate, beyond U+10FFFF, cut off, and what XML excludes by name.
  for (const char* bad :
       {"\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\xEF\xBF\xBF"})
    EXPECT_TRUE(holds(printable_utf8(bad), "\xEF\xBF\xBD")) << bad;
}

TEST(Github, EncodesWhatItsCommandsAreMadeOf) {
  Case c = use_after_free();
  c.finding->failure.where.file = "a,b:c.cc";
  c.why = "100 %\nof it: all";
  const std::string line = github(report_of({c}));
  EXPECT_TRUE(line.starts_with("::error file=a%2Cb%3Ac.cc,line=106,title=k1-use-after-free-"))
      << line;
  EXPECT_TRUE(holds(line, "100 %25%0Aof it: all%0AReplay: racewalk replay")) << line;
  EXPECT_EQ(times(line, "\n"), 1U);
}

TEST(Github, PrintsNoMoreThanIsShownAndCountsTheRest) {
  std::vector<Case> cases(10, without_finding("x", Case::Outcome::failed));
  EXPECT_EQ(times(github(report_of(cases)), "::error"), 10U);
  EXPECT_FALSE(holds(github(report_of(cases)), "more failures"));
  cases.push_back(without_finding("y", Case::Outcome::failed));
  cases.push_back(without_finding("z", Case::Outcome::passed));
  EXPECT_EQ(times(github(report_of(cases)), "::error"), 10U);
  EXPECT_TRUE(holds(github(report_of(cases)), "::2 more failures"));
  EXPECT_EQ(github(report_of({without_finding("z", Case::Outcome::passed)})), "");
}

TEST(JobSummary, ShowsWhatFailedFirstAndItsPicture) {
  Case c = use_after_free();
  c.mermaid = "sequenceDiagram";
  const std::string text =
      job_summary(report_of({without_finding("8|9", Case::Outcome::passed), c}));
  EXPECT_TRUE(text.starts_with("### racewalk fuzz: 1 passed, 1 failed\n")) << text;
  EXPECT_LT(text.find("a b.race"), text.find("8\\|9"));
  EXPECT_TRUE(holds(text, "<- use-after-free"));
  EXPECT_TRUE(holds(text, "```mermaid\nsequenceDiagram\n```\n"));
  EXPECT_TRUE(code_block("", "a ```` b").starts_with("`````\n"));
}

TEST(JobSummary, StaysWithinWhatGithubTakesAndSaysWhatIsMissing) {
  Case c = use_after_free();
  c.trace = {};
  c.finding->summary = std::string(100'000, 'x');
  const std::string text = job_summary(report_of({c, c, c, c}));
  EXPECT_LE(text.size(), kMostSummary);
  EXPECT_TRUE(holds(text, "\n2 pictures have no room here"));
  const std::vector<Case> many(250, without_finding("x", Case::Outcome::passed));
  EXPECT_TRUE(holds(job_summary(report_of(many)), "\n50 more cases.\n"));
}

}  // namespace
}  // namespace rw::report
