// racewalk show and explain from outside.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "fuzz/cli/on_terminal.h"
#include "fuzz/cli/spawn.h"
#include "fuzz/engine/test_folder.h"

namespace rw::cli {
namespace {

using engine::TestFolder;
using Json = nlohmann::json;

const std::string kTree = RACEWALK_SOURCE_DIR;
const std::string kNarrowLock = kTree + "/repro/mm/12-register-narrow-lock.race";

TEST(Show, IsThePlainTableInAPipe) {
  const Outcome shown = racewalk({"show", kNarrowLock});
  EXPECT_EQ(shown.status, 0);
  EXPECT_SAYS(shown, "free page#4");
  EXPECT_SAYS(shown, "<- stale-secondary");
  EXPECT_EQ(shown.output.find('\x1b'), std::string::npos);
  EXPECT_EQ(shown.output.find("target: mm"), std::string::npos) << "replay prints the program";
  EXPECT_EQ(widest(shown.output), 100u);
}

TEST(Show, IsColouredAndAsWideAsTheTerminal) {
  for (const unsigned short columns : {40, 63, 150}) {
    std::string text = on_terminal(columns, {"show", kNarrowLock});
    EXPECT_NE(text.find("\x1b[1;31m"), std::string::npos);
    for (std::size_t at; (at = text.find('\x1b')) != std::string::npos;)
      text.erase(at, text.find('m', at) - at + 1);
    EXPECT_LE(widest(text), columns) << text;
    EXPECT_GE(widest(text), columns - 5U) << text;
    EXPECT_LE(widest(on_terminal(columns, {"explain", kNarrowLock})), columns);
  }
}

TEST(Show, ANarrowerTerminalIsToldThatItsLinesWrap) {
  EXPECT_SAYS(on_terminal(32, {"show", kNarrowLock}),
              "racewalk: the terminal has 32 columns, and the lines are made for 40");
  EXPECT_EQ(on_terminal(40, {"show", kNarrowLock}).find("racewalk: "), std::string::npos);
}

TEST(Show, WritesEachPictureToItsFile) {
  const TestFolder folder;
  const Outcome shown = racewalk({"show", kNarrowLock, "--html", folder / "h", "--perfetto",
                                  folder / "p", "--dot", folder / "d", "--mermaid", folder / "m"});
  EXPECT_EQ(shown.status, 0);
  EXPECT_EQ(shown.output, "");
  engine::FileError error;
  const auto page = engine::read_whole(folder / "h", error).value_or("");
  EXPECT_NE(page.find("put_page(p);"), std::string::npos) << "the page has the source in it";
  const auto diagram = engine::read_whole(folder / "m", error).value_or("");
  EXPECT_NE(diagram.find("T1->>T0: kvm#35;0.mmu_lock"), std::string::npos) << diagram;
  const auto graph = engine::read_whole(folder / "d", error).value_or("");
  EXPECT_NE(graph.find("\"file.i_mutex\" -> \"file.i_mmap_mutex\""), std::string::npos) << graph;
  const Json perfetto = Json::parse(engine::read_whole(folder / "p", error).value_or(""));
  EXPECT_GT(perfetto.at("traceEvents").size(), 100u);
}

TEST(Show, OnlyOnePictureGoesToStandardOutput) {
  const Outcome shown = racewalk({"show", kNarrowLock, "--dot", "-", "--mermaid", "-"});
  EXPECT_EQ(shown.status, 64);
  EXPECT_SAYS(shown, "only one picture can go to standard output");
}

TEST(Show, AFileThatCannotBeWrittenIsExit74AndNoOtherIsThere) {
  const TestFolder folder;
  const Outcome shown =
      racewalk({"show", kNarrowLock, "--html", folder / "x.html", "--dot", "/nowhere/x.dot"});
  EXPECT_EQ(shown.status, 74);
  EXPECT_SAYS(shown, "cannot write /nowhere/x.dot");
  EXPECT_EQ(engine::list_folder(folder.path).size(), 0U);
}

TEST(Show, ARunThatDoesNotFailIsShownAllTheSame) {
  const Outcome shown = racewalk({"show", kTree + "/corpus/mm/register_truncate.race"});
  EXPECT_EQ(shown.status, 0);
  EXPECT_SAYS(shown, "truncate");
  EXPECT_SAYS(shown, "racewalk: This run did not fail.");
}

TEST(Show, AnExpectedFailureThatDoesNotComeIsShownAsWhatCame) {
  const TestFolder folder;
  std::string text = null_dereference("expect: deadlock\n");
  text.replace(text.find("twin=planted"), 12, "twin=fixed");
  const Outcome shown = racewalk({"show", file_with(folder, text)});
  EXPECT_SAYS(shown, "This run did not fail, although the file expects deadlock.");
  EXPECT_SAYS(shown, "null_dereference#0.pointer");
  EXPECT_TRUE(shown.status == 2 || shown.status == 3) << shown.status;
}

TEST(Show, AFailureThatKillsTheProcessIsShownUpToTheStepBefore) {
  const TestFolder folder;
  const std::string file = file_with(folder, null_dereference("expect: crash\n"));
  const Outcome shown = racewalk({"show", file});
  if (shown.output.find("k1-crash-") == std::string::npos)
    GTEST_SKIP() << "a sanitizer reports it: " << shown.output;
  EXPECT_EQ(shown.status, 0) << shown.output;
  EXPECT_SAYS(shown, "the picture stops before the step that does, step ");
  EXPECT_SAYS(shown, "null_dereference#0.pointer pointer -> ");
  EXPECT_SAYS(shown, "in follow");
  const Outcome explained = racewalk({"explain", file});
  EXPECT_SAYS(explained, "T1 in role1, step 3: null_dereference#0.pointer pointer -> ");
}

TEST(Show, AFileOfAnotherVersionIsExit64AndSaysWhichIsRead) {
  const TestFolder folder;
  std::string text = null_dereference("");
  text.replace(text.find("racewalk 1"), 10, "racewalk 0");
  const Outcome shown = racewalk({"show", file_with(folder, text)});
  EXPECT_EQ(shown.status, 64);
  EXPECT_SAYS(shown, "x.race:1: this file is of version 0 of the format");
}

TEST(Show, JsonHasTheTraceAndTheFinding) {
  const Outcome shown = racewalk({"show", kNarrowLock, "--json"});
  const Json json = Json::parse(shown.output);
  EXPECT_EQ(json.at("document"), "show");
  EXPECT_EQ(json.at("finding").at("kind"), "stale-secondary");
  EXPECT_GT(json.at("trace").size(), 100u);
  EXPECT_EQ(json.at("exit_status"), shown.status);
}

TEST(Show, TheNumbersOfRowsSentencesAndEventsAreTheSameSteps) {
  const std::string file = kTree + "/repro/mm/8-page-lock-only.race";
  const Json shown = Json::parse(racewalk({"show", file, "--json"}).output);
  const auto& trace = shown.at("trace");
  const auto freed = std::find_if(trace.begin(), trace.end(), [](const Json& event) {
    return event.at("kind") == "died" && event.at("object") == "anon_vma#0.root";
  });
  ASSERT_NE(freed, trace.end());
  const int step = freed->at("step").get<int>();
  const int failing = shown.at("finding").at("step").get<int>();
  const std::string bars = "  |                                               |   ";
  const Outcome table = racewalk({"show", file});
  EXPECT_SAYS(table, fmt::format("\n{:3}{}frees anon_vma#0\n", step, bars));
  EXPECT_SAYS(table, fmt::format("\n{:3}  |   uses anon_vma#0.root", failing));
  EXPECT_SAYS(racewalk({"explain", file}),
              fmt::format("T0 in reclaim lru1, step {}: uses anon_vma#0.root.", failing));
}

TEST(Explain, TellsTheStoryOfARealRun) {
  const Outcome told = racewalk({"explain", kTree + "/repro/mm/8-page-lock-only.race"});
  EXPECT_EQ(told.status, 0);
  EXPECT_SAYS(told, "1 T0 runs reclaim lru1. T1 runs munmap mm0 0x0.");
  EXPECT_SAYS(told, "T1 freed anon_vma#0 in anon_vma_free() (targets/mm/anon_vma.cc:");
  EXPECT_SAYS(told, "No lock was held by both, and nothing orders the two");
}

TEST(Explain, EveryStoredFailureHasAStory) {
  for (const auto& entry : std::filesystem::directory_iterator(kTree + "/repro/puzzles")) {
    const Outcome told = racewalk({"explain", entry.path().string(), "--json"});
    EXPECT_EQ(told.status, 0) << entry.path() << told.output;
    const Json json = Json::parse(told.output);
    EXPECT_GE(json.at("sentences").size(), 3u) << told.output;
  }
}

}  // namespace
}  // namespace rw::cli
