// The text alone; that it compiles, fails and passes is tested by cmake/emitted.cmake.
#include "fuzz/report/emitted.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace rw::report {
namespace {

const std::string kProgram = "# racewalk 1\ntarget: puzzles\n";

TEST(EmitTest, HoldsTheProgramAndIsNamedByTheKey) {
  const std::string text =
      emit_test({kProgram, "deadlock: both", "puzzles", "k1-deadlock-4cd7e1bb"});
  EXPECT_NE(text.find("R\"(" + kProgram + ")\";"), std::string::npos) << text;
  EXPECT_NE(text.find("TEST(ReproPuzzles, K1Deadlock4cd7e1bb) {"), std::string::npos) << text;
  EXPECT_TRUE(text.starts_with("// deadlock: both\n"));
}

TEST(EmitTest, SurvivesTextThatWouldEndALiteralOrAComment) {
  const std::string text =
      emit_test({"# a remark )\" in a file\n", "a title \\", "mm", "k1-leak-00000001"});
  EXPECT_NE(text.find("R\"race(# a remark )\" in a file\n)race\";"), std::string::npos) << text;
  EXPECT_TRUE(text.starts_with("// a title  \n")) << text;
}

TEST(EmitTest, KeepsTheRulesOfTheHouseForAnyTitle) {
  std::istringstream lines(emit_test({kProgram, std::string(300, 'x'), "mm", "k1-leak-00000001"}));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

}  // namespace
}  // namespace rw::report
