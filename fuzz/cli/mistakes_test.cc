// What the command says, and exits with, when it cannot do what it was asked.
#include <gtest/gtest.h>

#include "fuzz/cli/cli.h"
#include "fuzz/cli/spawn.h"
#include "fuzz/engine/test_folder.h"

namespace rw::cli {
namespace {

using engine::TestFolder;

TEST(Command, AMistakeIsExit64AndSaysWhatExists) {
  TestFolder folder;
  const std::string file = kLostUpdate;
  ASSERT_EQ(engine::make_folder(folder / "empty"), "");
  ASSERT_EQ(engine::write_whole(folder / "raw", "\x7f"), "");
  ASSERT_EQ(engine::make_folder(folder / "findings/puzzles"), "");
  ASSERT_EQ(engine::write_whole(folder / "findings/puzzles/x.race", contents(file)), "");
  const struct {
    std::vector<std::string> arguments;
    const char* says;
  } mistakes[] = {
      {{}, "which subcommand? fuzz, replay"},
      {{"replai"}, "did you mean 'replay'"},
      {{"--times", "3"}, "an option goes behind its subcommand; which subcommand? fuzz, replay"},
      {{"nothing"}, "conformance, doctor, bench\n"},  // and none that --help does not show
      {{"replay", file, "--tims", "3"}, "did you mean '--times'"},
      {{"replay"}, "replay: FILE is required; see `racewalk replay --help`"},
      {{"replay", file, "--times"}, "--times needs a value"},
      {{"replay", file, "--times", "1.5"}, "--times: '1.5' is not a whole number"},
      {{"fuzz", "--seed", "18446744073709551616"}, "--seed: '18446744073709551616' is too large"},
      {{"record", file, "--attempts", "4294967296"}, "--attempts: '4294967296' is not a whole "},
      {{"replay", file, "--times", "0"}, "--times: '0' is not a number above 0"},
      {{"bugs", "--hunt", "all", "--time", "-3"}, "--time: '-3' is not a number above 0"},
      {{"bugs", "--hunt", "all", "--time", "1h"}, "--time: '1h' is not a number above 0"},
      {{"fuzz", "--seed", "-1"}, "--seed: '-1' is not a whole number of 0 or above"},
      {{"bench", "hunts", "--seed", "-1"}, "--seed: '-1' is not a whole number of 0 or above"},
      {{"fuzz", "--time", "nan"}, "--time: 'nan' is not a number of 0 or above"},
      {{"replay", file, "--mode", "sideways"}, "steered"},
      {{"replay", folder / "missing.race"}, "No such file"},
      {{"fuzz", "--target", "puzles"}, "did you mean 'puzzles'"},
      {{"fuzz", "--target", "puzzles", "--design", "puzle=abba"}, "puzzle"},
      {{"fuzz", "--target", "puzzles", "--design", "puzzle=abbba"}, "abba"},
      {{"fuzz", "--design", "3"}, "number 3 has several known-wrong designs; write one of: 3-no-"},
      {{"fuzz", "--design", "nothing"}, "2011-preemptible-v6, 12-register-narrow-lock"},
      {{"fuzz", "--design", "nothing"}, " in all); or right, any right one"},
      {{"fuzz", "--memory", "lkm"}, "did you mean 'lkmm'"},
      {{"fuzz", "--memory", "weak-exact"}, "write --memory weak"},
      {{"fuzz", "--job", "asan"}, "asan-steered"},
      {{"bugs", "--target", "puzzles", "--hunt", "abbba"}, "abba"},
      {{"bench"}, "bench: which subcommand? hunts, strategies"},
      {{"bench", "hunt", "--rules", "8"}, "did you mean 'hunts'"},
      {{"bugs", "--save", folder / "found"}, "--save requires --hunt"},
      {{"show", file, "--source", "/nowhere"}, "there is no such folder"},
      {{"report", folder / "empty", "--as-expected"}, "there is nothing to test"},
      {{"report", folder / "findings"}, "findings/puzzles does: name that"},
      {{"explore", folder / "raw"}, "racewalk fmt --target TARGET"},
      {{"fmt", file, "--target", "mm"}, "for target puzzles, not mm"},
      {{"fmt", file, "--target", "nothing"}, "unknown target"},
      {{"explore", file, "--memory", "tso"}, "lkmm"},
      {{"explore", folder / "missing.race"}, "No such file"},
      {{"conformance", "C99"}, "C1 to C76"},
      {{"bench", "strategies", folder / "missing.race"}, "No such file"},
      {{"bench", "strategies"}, "FILES is required; see `racewalk bench strategies --help`"},
      {{"bench", "strategies", file, "--schedules", "0"}, "--schedules"},
      {{"bench", "classics", "acount"}, "did you mean 'account'"},
      {{"bench", "classics", "reorder_100"}, "cmake --preset wide"},
      {{"bench", "classics", "--strategy", "poss"}, "did you mean 'pos'"},
      {{"bench", "classics", "--seeds", "0"}, "--seeds"},
      {{"bench", "hunts", "--rules", "retry-count-onli"}, "retry-count-only"},
      {{"bench", "hunts", "--rules", "retry-count-only,retry-seq-only"}, "different values"},
      {{"fuzz", "--target", "mm", "--design", "2.6.72"}, "did you mean '2.6.27'"},
      {{"fmt", file, "--to", "xml"}, "text"},
  };
  for (const auto& mistake : mistakes) {
    const Outcome outcome = racewalk(mistake.arguments);
    EXPECT_EQ(outcome.status, 64) << testing::PrintToString(mistake.arguments);
    EXPECT_SAYS(outcome, mistake.says);
  }
}

TEST(Command, WhereItCannotWriteIsToldBeforeTheWork) {
  TestFolder folder;
  // Nothing fails, so nothing would be written in the end.
  std::string text = contents(kLostUpdate);
  const std::string fixed =
      file_with(folder, text.replace(text.find("twin=planted"), 12, "twin=fixed"));
  const std::vector<std::vector<std::string>> commands = {
      {"capture", fixed, "-o", "/nowhere/x.race"},
      {"shrink", fixed, "-o", folder.path},
      {"explore", fixed, "--out", "/nowhere/x.race"},
      {"explore", fixed, "--state", "/nowhere/x"},
      {"emit-test", fixed, "-o", "/nowhere/x_test.cc"},
      {"replay", fixed, "--summary", "/nowhere/x.md"}};
  for (const std::vector<std::string>& command : commands) {
    const Outcome outcome = racewalk(command);
    EXPECT_EQ(outcome.status, 74) << command[0] << ": " << outcome.output;
    EXPECT_SAYS(outcome, "racewalk: cannot write " + command[3]);
  }
}

TEST(Bugs, AHuntThatCannotWriteIsNoBugOfRacewalk) {
  TestFolder folder;
  std::vector<std::string> hunt = {"TMPDIR=/proc", racewalk_binary(), "bugs",
                                   "--target",     "puzzles",         "--hunt",
                                   "abba",         "--save",          folder / "a/b"};
  const Outcome no_folder = Spawned(hunt, 0, "/usr/bin/env").wait();
  EXPECT_EQ(no_folder.status, 74) << no_folder.output;
  EXPECT_SAYS(no_folder, "cannot make a folder for temporary files: No such file");
  EXPECT_FALSE(std::filesystem::exists(folder / "a")) << "nothing was saved in it";
  // A limit on the size of files, for a disk that is full.
  hunt[0] = "TMPDIR=" + folder.path;
  const Outcome no_room = Spawned(hunt, 8192, "/usr/bin/env").wait();
  EXPECT_EQ(no_room.status, 74) << no_room.output;
}

TEST(Command, AFolderForTemporaryFilesThatIsNotThereIsToldOf) {
  const auto with_tmpdir = [](const std::string& folder) {
    return Spawned({"TMPDIR=" + folder, racewalk_binary(), "debug", "--batch", kLostUpdate}, 0,
                   "/usr/bin/env")
        .wait();
  };
  const Outcome none = with_tmpdir("/nonexistent");
  EXPECT_EQ(none.status, 74) << none.output;
  EXPECT_SAYS(none,
              "no folder for temporary files: TMPDIR is '/nonexistent': No such file or directory");
  const Outcome full = with_tmpdir("/proc");
  EXPECT_EQ(full.status, 74) << full.output;
  EXPECT_SAYS(full, "cannot make a folder for temporary files: ");
}

}  // namespace
}  // namespace rw::cli
