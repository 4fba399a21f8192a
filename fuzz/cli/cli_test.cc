// The command from outside: what it exits with and what it says.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "fuzz/cli/cli.h"
#include "fuzz/cli/spawn.h"
#include "fuzz/engine/test_folder.h"
#include "fuzz/engine/worker_process.h"

namespace rw::cli {
namespace {

using engine::TestFolder;

constexpr const char* kAbba = R"(# racewalk 1
target: puzzles
design: puzzle=abba twin=planted
memory: sc
T0:
  role1
T1:
  role0
schedule:
  T1 until both#2
  T0 until blocked
  T1 until end
)";

std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

// kAbba with an expectation after the line "memory: sc".
std::string expecting(const std::string& lines) {
  return with(kAbba, "memory: sc\n", "memory: sc\n" + lines);
}

TEST(Command, HelpAndVersionExitWithZeroAndEverySubcommandHasJson) {
  EXPECT_EQ(racewalk({"--help"}).status, 0);
  EXPECT_EQ(racewalk({"--version"}).status, 0);
  for (const Command& command : commands()) {
    const Outcome outcome = racewalk({command.name, "--help"});
    EXPECT_EQ(outcome.status, 0) << command.name;
    EXPECT_SAYS(outcome, "--json");
  }
}

TEST(Explore, EndsAtTheFirstFailureOrSaysThatThereIsNone) {
  TestFolder folder;
  const std::string planted = file_with(folder, kAbba);
  const Outcome failure = racewalk({"explore", planted, "--out", folder / "found.race"});
  EXPECT_EQ(failure.status, 1) << failure.output;
  EXPECT_SAYS(failure, "deadlock");
  EXPECT_EQ(racewalk({"replay", folder / "found.race"}).status, 0);

  const std::string fixed = file_with(folder, with(kAbba, "twin=planted", "twin=fixed"));
  const Outcome none = racewalk({"explore", fixed, "--memory", "weak", "--fine"});
  EXPECT_EQ(none.status, 0) << none.output;
  EXPECT_SAYS(none, "memory weak-exact, fine steps, any number of preemptions");
  EXPECT_SAYS(none, "no failure");
}

TEST(Explore, SavesAFailureUnderWeakWithTheRulesThatFoundIt) {
  TestFolder folder;
  const std::string planted = file_with(folder, kAbba);
  EXPECT_EQ(
      racewalk({"explore", planted, "--memory", "weak", "--out", folder / "weak.race"}).status, 1);
  const Outcome again = racewalk({"replay", folder / "weak.race"});
  EXPECT_EQ(again.status, 0) << again.output;
  EXPECT_SAYS(racewalk({"fmt", folder / "weak.race", "--to", "text"}), "memory: weak-exact");
}

TEST(Command, AMistakeIsExit64AndSaysWhatExists) {
  TestFolder folder;
  const std::string file = file_with(folder, kAbba);
  ASSERT_EQ(engine::make_folder(folder / "empty"), "");
  ASSERT_EQ(engine::write_whole(folder / "raw", "\x7f"), "");
  ASSERT_EQ(engine::make_folder(folder / "findings/puzzles"), "");
  ASSERT_EQ(engine::write_whole(folder / "findings/puzzles/x.race", kAbba), "");
  const struct {
    std::vector<std::string> arguments;
    const char* says;
  } mistakes[] = {
      {{}, "which subcommand? fuzz, replay"},
      {{"replai"}, "did you mean 'replay'"},
      {{"nothing"}, "conformance, doctor, bench\n"},  // and none that --help does not show
      {{"replay", file, "--tims", "3"}, "did you mean '--times'"},
      {{"replay"}, "FILE"},
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
  const std::string fixed = file_with(folder, with(kAbba, "twin=planted", "twin=fixed"));
  const std::vector<std::vector<std::string>> commands = {
      {"capture", fixed, "-o", "/nowhere/x.race"},
      {"shrink", fixed, "-o", folder.path},
      {"explore", fixed, "--out", "/nowhere/x.race"},
      {"explore", fixed, "--state", "/nowhere/x"},
      {"replay", fixed, "--summary", "/nowhere/x.md"}};
  for (const std::vector<std::string>& command : commands) {
    const Outcome outcome = racewalk(command);
    EXPECT_EQ(outcome.status, 74) << command[0] << ": " << outcome.output;
    EXPECT_SAYS(outcome, "racewalk: cannot write " + command[3]);
  }
}

TEST(Replay, TheExpectedFailureIsExitZero) {
  TestFolder folder;
  const Outcome outcome =
      racewalk({"replay", file_with(folder, expecting("expect: deadlock\n")), "--times", "50"});
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_SAYS(outcome, "50 of 50 runs failed");
  EXPECT_SAYS(outcome, "Replay:");
  EXPECT_SAYS(outcome, "Shrink:");
}

TEST(Replay, AFailureNobodyExpectedIsExitOne) {
  TestFolder folder;
  EXPECT_EQ(racewalk({"replay", file_with(folder, kAbba)}).status, 1);
  EXPECT_EQ(racewalk({"replay", file_with(folder, expecting("expect: none\n"))}).status, 1);
}

TEST(Replay, AnotherFailureThanExpectedIsExitTwo) {
  TestFolder folder;
  EXPECT_EQ(racewalk({"replay", file_with(folder, expecting("expect: data-race\n"))}).status, 2);
  const std::string other_key = expecting("expect: deadlock\nkey: k1-deadlock-00000000\n");
  EXPECT_EQ(racewalk({"replay", file_with(folder, other_key)}).status, 2);
}

TEST(Replay, ADivergenceThatMissesWhatWasExpectedIsExitThree) {
  TestFolder folder;
  const std::string text = with(with(expecting("expect: deadlock\n"), "twin=planted", "twin=fixed"),
                                "T1 until both#2", "T1 until no_such_function#2");
  const Outcome outcome = racewalk({"replay", file_with(folder, text)});
  EXPECT_EQ(outcome.status, 3) << outcome.output;
  EXPECT_SAYS(outcome, "no_such_function");
}

TEST(Replay, SilenceWhereNoneIsExpectedIsExitZero) {
  TestFolder folder;
  const std::string text = with(kAbba,
                                "schedule:\n  T1 until both#2\n  T0 until blocked\n"
                                "  T1 until end\n",
                                "schedule: random seed 1\n");
  const std::string file = file_with(folder, with(text, "twin=planted", "twin=fixed"));
  EXPECT_EQ(racewalk({"replay", file, "--times", "20"}).status, 0);
  EXPECT_EQ(racewalk({"replay", file, "--times", "20", "--mode", "threads"}).status, 0);
}

TEST(Replay, ABrokenFileIsExit64WithFileAndLine) {
  TestFolder folder;
  const Outcome outcome = racewalk({"replay", file_with(folder, with(kAbba, "role1", "rolle1"))});
  EXPECT_EQ(outcome.status, 64);
  EXPECT_SAYS(outcome, "x.race:6:");
}

TEST(Replay, AnExpectedKindThatThereIsNotIsExit64) {
  TestFolder folder;
  const std::string file = file_with(folder, expecting("expect: deadlok\n"));
  const Outcome outcome = racewalk({"replay", file});
  EXPECT_EQ(outcome.status, 64) << outcome.output;
  EXPECT_SAYS(outcome, file +
                           ": expect: there is no kind of failure 'deadlok'; did you mean "
                           "'deadlock'?");
}

TEST(Replay, RawBytesNeedATarget) {
  TestFolder folder;
  ASSERT_EQ(engine::write_whole(folder / "crash-1", std::string("\1\2\0\3", 4)), "");
  EXPECT_EQ(racewalk({"replay", folder / "crash-1"}).status, 64);
  EXPECT_EQ(racewalk({"replay", folder / "crash-1", "--target", "puzzles"}).status, 0);
}

TEST(Replay, JsonIsOneDocumentWithTheSameStatus) {
  TestFolder folder;
  const Outcome outcome =
      racewalk({"replay", file_with(folder, expecting("expect: deadlock\n")), "--json"});
  EXPECT_EQ(outcome.status, 0);
  const auto json = nlohmann::json::parse(outcome.output, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << outcome.output;
  EXPECT_EQ(json["document"], "replay");
  EXPECT_EQ(json["exit_status"], 0);
}

TEST(Fmt, TextToBytesAndBackIsTheSameProgram) {
  TestFolder folder;
  const std::string file = file_with(folder, kAbba);
  ASSERT_EQ(racewalk({"fmt", file, "--to", "bytes", "-o", folder / "b"}).status, 0);
  const Outcome back = racewalk({"fmt", folder / "b", "--target", "puzzles"});
  EXPECT_EQ(back.status, 0);
  EXPECT_EQ(back.output, racewalk({"fmt", file}).output);
}

TEST(Fmt, AnOutputThatCannotBeWrittenIsExit74) {
  TestFolder folder;
  const std::string file = file_with(folder, kAbba);
  EXPECT_EQ(racewalk({"fmt", file, "-o", folder / "no/such/folder"}).status, 74);
}

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

TEST(Bugs, AHuntThatFindsAllIsExitZeroAndSavesWhatReplays) {
  TestFolder folder;
  const Outcome outcome = racewalk({"bugs", "--target", "puzzles", "--hunt", "abba,canary",
                                    "--time", "60", "--save", folder.path});
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(racewalk({"replay", folder / "abba.race", "--times", "10"}).status, 0);
  EXPECT_EQ(racewalk({"replay", folder / "canary.race", "--times", "10"}).status, 0);
}

TEST(Bugs, AHuntSurvivesABugThatKillsTheProcessAndItReplays) {
  TestFolder folder;
  const Outcome outcome = racewalk({"bugs", "--target", "puzzles", "--hunt", "null_dereference",
                                    "--time", "60", "--save", folder.path});
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  const Outcome again = racewalk({"replay", folder / "null_dereference.race"});
  EXPECT_EQ(again.status, 0) << again.output;
}

TEST(Replay, AFileThatDoesNotSayThatItEndsTheProcessIsAFailureLikeAnyOther) {
  TestFolder folder;
  const Outcome outcome = racewalk({"replay", file_with(folder, null_dereference(""))});
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  EXPECT_SAYS(outcome, "Shrink: ");
}

TEST(Replay, AnEndOfTheProcessThatIsNotExpectedSaysWhatToDo) {
  TestFolder folder;
  const std::string file = file_with(folder, null_dereference("expect: deadlock\n"));
  const Outcome outcome = racewalk({"replay", file});
  EXPECT_EQ(outcome.status, 2) << outcome.output;
  EXPECT_SAYS(outcome, "expects another failure");
}

TEST(Bugs, AHuntThatMissesOneIsExitOne) {
  // It takes hundreds of thousands of executions.
  const std::vector<std::string> hunt = {"bugs", "--hunt", "release-returns-early", "--time",
                                         "0.0001"};
  EXPECT_EQ(racewalk(hunt).status, 1);
}

TEST(Readme, ItsPictureIsWhatReplayPrints) {
  engine::FileError error;
  const std::string source = RACEWALK_SOURCE_DIR;
  const std::string readme = engine::read_whole(source + "/README.md", error).value_or("");
  const std::size_t from = readme.find("\nuse-after-free");
  ASSERT_NE(from, std::string::npos) << error;
  const std::string picture = readme.substr(from, readme.find("```", from) - from);
  const Outcome outcome = racewalk({"replay", source + "/repro/mm/8-page-lock-only.race"});
  EXPECT_NE(outcome.output.find(picture), std::string::npos) << outcome.output;
}

TEST(Output, ThatCannotBeWrittenIsExit74) {
  const std::string command = racewalk_binary() + " bugs > /dev/full 2> /dev/null";
  const int status = std::system(command.c_str());
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 74);
}

TEST(Determinism, TwoProcessesGiveTheSameDigest) {
  const std::vector<std::string> arguments = {"determinism", "--runs", "10000"};
  const Outcome first = racewalk(arguments);
  EXPECT_EQ(first.status, 0) << first.output;
  EXPECT_EQ(first.output, racewalk(arguments).output);
}

// Both detectors on the same runs; returns how many raced. `options`: of crosscheck.
int races_both_see(const std::string& runs, std::vector<std::string> options) {
  options.insert(options.begin(), {"crosscheck", "--json", "--runs", runs});
  const Outcome outcome = racewalk(options);
  const auto json = nlohmann::json::parse(outcome.output, nullptr, false);
  if (json.is_discarded()) {
    ADD_FAILURE() << outcome.output;
    return 0;
  }
  EXPECT_EQ(json["only_tsan"], 0) << outcome.output;
  EXPECT_EQ(json["only_own"], 0) << outcome.output;
  EXPECT_EQ(json["executions"], std::stoi(runs));
  return json["tsan"];
}

TEST(CrossCheck, ThreadSanitizerAndOurDetectorAgreeOnEveryRun) {
  if (!verdict::built_with(verdict::Sanitizer::thread)) {
    const Outcome outcome = racewalk({"crosscheck"});
    EXPECT_EQ(outcome.status, 64);
    EXPECT_SAYS(outcome, "racewalk-tsan");
    return;
  }
  EXPECT_GT(races_both_see("4000", {}), 10);
}

TEST(CrossCheck, BothGoByTheMessageThatALoadHasReadUnderAWeakModel) {
  if (!verdict::built_with(verdict::Sanitizer::thread)) GTEST_SKIP() << "needs ThreadSanitizer";
  for (const char* memory : {"weak", "lkmm"})
    EXPECT_GT(races_both_see("15000", {"--target", "puzzles", "--memory", memory}), 100);
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

TEST(Bugs, AHuntThatCannotWriteIsNoBugOfRacewalk) {
  const std::vector<std::string> hunt = {"TMPDIR=/proc", racewalk_binary(), "bugs", "--target",
                                         "puzzles",      "--hunt",          "abba"};
  const Outcome no_folder = Spawned(hunt, 0, "/usr/bin/env").wait();
  EXPECT_EQ(no_folder.status, 74) << no_folder.output;
  EXPECT_SAYS(no_folder, "cannot make folder /proc/racewalk-hunt-");
  // A limit on the size of files, for a disk that is full.
  const Outcome no_room = Spawned({"bugs", "--target", "puzzles", "--hunt", "abba"}, 8192).wait();
  EXPECT_EQ(no_room.status, 74) << no_room.output;
}

// Of what `racewalk doctor --json` says of rr.
std::string rr_of_doctor() {
  const auto json = nlohmann::json::parse(racewalk({"doctor", "--json"}).output, nullptr, false);
  for (const auto& check : json.at("checks"))
    if (check.at("name") == "rr") return check.at("found").get<std::string>();
  return {};
}

TEST(Doctor, LooksAtTheRrThatTheEnvironmentNames) {
  const char* named = std::getenv("RACEWALK_RR");
  const std::string before = named != nullptr ? named : "";
  ::setenv("RACEWALK_RR", "/nowhere/rr", 1);
  EXPECT_SAYS(rr_of_doctor(), "/nowhere/rr is no program");
  const TestFolder folder;
  const Outcome recorded = racewalk({"record", kLostUpdate, "-o", folder / "x.rr"});
  EXPECT_EQ(recorded.status, 0) << "without one it makes the folder all the same";
  EXPECT_SAYS(recorded, "/nowhere/rr is no program");
  EXPECT_EQ(racewalk({"record", kLostUpdate, "--rr", "soft", "-o", folder / "y.rr"}).status, 64);
  if (named != nullptr)
    ::setenv("RACEWALK_RR", before.c_str(), 1);
  else
    ::unsetenv("RACEWALK_RR");
}

// Only the sanitizer builds have the libFuzzer binaries.
TEST(LibFuzzer, SavesTheInputThatFailedAndItsProgramAsText) {
  std::string fuzzer = racewalk_binary();
  const std::size_t name = fuzzer.rfind("racewalk");
  fuzzer.replace(name, std::string("racewalk").size(), "fuzz_puzzles");
  if (!std::filesystem::exists(fuzzer) || fuzzer.ends_with("fuzz_puzzles"))
    GTEST_SKIP() << fuzzer << " is not there";
  TestFolder folder;
  engine::FileError error;
  auto process = engine::WorkerProcess::start(
      {fuzzer, "--design=abba", "-runs=200000", "-artifact_prefix=" + folder.path + "/"},
      folder / "log", error);
  ASSERT_TRUE(process.has_value()) << error;
  ASSERT_TRUE(process->wait(100).has_value()) << "it hangs instead of ending";
  std::vector<std::string> saved = engine::list_folder(folder.path);
  const auto as_text = std::find_if(
      saved.begin(), saved.end(), [](const std::string& file) { return file.ends_with(".race"); });
  ASSERT_NE(as_text, saved.end());
  EXPECT_EQ(racewalk({"replay", folder / *as_text, "--times", "10"}).status, 0);
  std::erase_if(saved, [](const std::string& file) { return !file.starts_with("crash-"); });
  ASSERT_EQ(saved.size(), 1U) << engine::read_whole(folder / "log", error).value_or("");
  const std::string race = folder / "x.race";
  ASSERT_EQ(racewalk({"fmt", folder / saved[0], "--target", "puzzles", "-o", race}).status, 0);
  const Outcome again = racewalk({"replay", race});
  EXPECT_EQ(again.status, 1) << again.output;
  EXPECT_SAYS(again, "k1-deadlock-");
}

}  // namespace
}  // namespace rw::cli
