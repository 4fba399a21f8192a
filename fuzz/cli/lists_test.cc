// What racewalk bugs and designs list, in a pipe and on a terminal.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fuzz/cli/cli.h"
#include "fuzz/cli/on_terminal.h"
#include "fuzz/cli/spawn.h"

namespace rw::cli {
namespace {

TEST(Bugs, ListsEveryKnownWrongRule) {
  const Outcome outcome = racewalk({"bugs", "--target", "puzzles", "--json"});
  EXPECT_EQ(outcome.status, 0);
  const auto json = nlohmann::json::parse(outcome.output, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << outcome.output;
  EXPECT_EQ(json["bugs"].size(), program::known_wrong(*find_target("puzzles")).size());
}

TEST(Designs, ListsTheNamedOnesWithTheRulesThatMakeThemWrong) {
  const Outcome outcome = racewalk({"designs", "--json"});
  EXPECT_EQ(outcome.status, 0);
  const auto json = nlohmann::json::parse(outcome.output, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << outcome.output;
  ASSERT_EQ(json["designs"].size(), target_named("").designs().size());
  for (const auto& design : json["designs"])
    EXPECT_EQ(design["verdict"] == "right", design["rules"].empty()) << design["name"];
  EXPECT_SAYS(racewalk({"designs", "--target", "puzzles"}), "0 named designs");
}

TEST(Designs, SayWhatEachValueOfEachAxisStandsForAndWhichAreWrongAlone) {
  const Outcome outcome = racewalk({"designs", "--axes"});
  EXPECT_EQ(outcome.status, 0);
  for (const Axis& axis : target_named("").axes()) {
    EXPECT_SAYS(outcome, std::string("\n") + axis.name + ": " + axis.what);
    for (const AxisValue& value : axis.values) EXPECT_SAYS(outcome, value.what);
  }
  EXPECT_SAYS(outcome, "[alone wrong: 12-register-narrow-lock]");
  EXPECT_EQ(outcome.output.find("[alone right"), std::string::npos);
}

TEST(Lists, AreAsWideAsTheTerminalAndWholeInAPipe) {
  const std::vector<std::vector<std::string>> lists = {
      {"bugs"}, {"designs"}, {"designs", "--axes"}};
  const auto without_blanks = [](std::string text) {
    std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
    return text;
  };
  for (const std::vector<std::string>& list : lists) {
    const std::string whole = racewalk(list).output;
    EXPECT_GT(widest(whole), 120U);
    for (const unsigned short columns : {80, 120}) {
      const std::string text = on_terminal(columns, list);
      EXPECT_LE(widest(text), columns) << text;
      EXPECT_GE(widest(text), columns - 5U) << text;
      EXPECT_EQ(without_blanks(text), without_blanks(whole)) << "nothing is cut";
    }
  }
}

TEST(Bugs, AHuntOnATerminalIsWithinItsWidth) {
  const std::string text = on_terminal(80, {"bugs", "--target", "puzzles", "--hunt", "abba"});
  EXPECT_LE(widest(text), 80U);
  EXPECT_SAYS(text, " switches  k1-deadlock-");
}

}  // namespace
}  // namespace rw::cli
