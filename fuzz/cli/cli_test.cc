// The command from outside: what it exits with and what it says.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

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
  std::vector<std::vector<std::string>> all;
  for (const Command& command : commands())
    if (std::string_view(command.name) != "bench") all.push_back({command.name});
  for (const char* what : {"hunts", "strategies", "classics", "capture"})
    all.push_back({"bench", what});
  for (std::vector<std::string>& command : all) {
    command.emplace_back("--help");
    const Outcome outcome = racewalk(command);
    EXPECT_EQ(outcome.status, 0) << command.front();
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
  EXPECT_EQ(outcome.output.find(" 0 executions"), std::string::npos) << outcome.output;
  const Outcome again = racewalk({"replay", folder / "null_dereference.race"});
  EXPECT_EQ(again.status, 0) << again.output;
}

// Expected is the end of the process, so another one runs it, and what that says counts.
TEST(Replay, AnExpectedEndOfTheProcessThatDoesNotComeIsNotTakenForOne) {
  TestFolder folder;
  const std::string race = contents(repro("puzzles/unlocked_update"));
  const std::string crash =
      with(race.substr(0, race.find("key:")) + race.substr(race.find('\n', race.find("key:")) + 1),
           "expect: data-race", "expect: crash");
  const Outcome other = racewalk({"replay", file_with(folder, crash)});
  EXPECT_EQ(other.status, 2) << other.output;
  EXPECT_SAYS(other, "expected crash: 0 of 1\n");
  const Outcome none =
      racewalk({"replay", file_with(folder, with(crash, "twin=planted", "twin=fixed"))});
  EXPECT_EQ(none.status, 3) << none.output;
  EXPECT_SAYS(none, "expected crash: 0 of 1\nThe schedule could not be followed: step 3");
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
