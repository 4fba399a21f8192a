// racewalk emit-test from outside. That what it writes compiles, fails and passes is tested by
// cmake/emitted.cmake.
#include <gtest/gtest.h>

#include "fuzz/cli/spawn.h"
#include "fuzz/engine/test_folder.h"
#include "fuzz/replay.h"

namespace rw::cli {
namespace {

using engine::TestFolder;

// The program inside an emitted test.
std::string embedded(const std::string& test) {
  const std::size_t from = test.find("R\"(") + 3;
  return test.substr(from, test.find(")\";") - from);
}

TEST(EmitTestCommand, WritesATestWhoseProgramFailsWithTheSameKey) {
  TestFolder folder;
  const Outcome outcome = racewalk({"emit-test", kLostUpdate, "-o", folder / "x_test.cc"});
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  const std::string program = embedded(contents(folder / "x_test.cc"));
  const Replay replay = rw::replay(program);
  EXPECT_NE(replay.expected, "") << program;
  EXPECT_EQ(replay.key, replay.expected);
  EXPECT_NE(program.find("# a counter is loaded and stored"), std::string::npos)
      << "what people wrote on top stays";
}

TEST(EmitTestCommand, TurnsADrawnScheduleIntoAList) {
  TestFolder folder;
  std::string text = contents(kLostUpdate);
  text.erase(text.find("schedule:")).append("schedule: random seed 0x5\n");
  for (int seed = 0; seed < 100; ++seed) {
    text.replace(text.find("seed 0x"), std::string::npos, "seed 0x" + std::to_string(seed) + "\n");
    ASSERT_EQ(engine::write_whole(folder / "x.race", text), "");
    const Outcome outcome = racewalk({"emit-test", folder / "x.race"});
    if (outcome.status == 2) continue;  // this seed does not fail
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_NE(embedded(outcome.output).find("schedule:\n  T"), std::string::npos);
    return;
  }
  FAIL() << "no seed fails";
}

TEST(EmitTestCommand, RefusesWhatDoesNotFailAndSaysWhereItCannotWrite) {
  TestFolder folder;
  std::string text = contents(kLostUpdate);
  text.replace(text.find("twin=planted"), 12, "twin=fixed");
  ASSERT_EQ(engine::write_whole(folder / "fixed.race", text), "");
  const Outcome fixed = racewalk({"emit-test", folder / "fixed.race"});
  EXPECT_EQ(fixed.status, 2);
  EXPECT_NE(fixed.output.find("does not fail"), std::string::npos) << fixed.output;
  const Outcome unwritable = racewalk({"emit-test", kLostUpdate, "-o", folder / "no/x_test.cc"});
  EXPECT_EQ(unwritable.status, 74);
  EXPECT_NE(unwritable.output.find("cannot write"), std::string::npos) << unwritable.output;
}

}  // namespace
}  // namespace rw::cli
