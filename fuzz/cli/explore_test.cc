// racewalk explore from outside: several processes, parts, signals.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fuzz/cli/explore_verdict.h"
#include "fuzz/cli/explore_watch.h"
#include "fuzz/cli/spawn.h"
#include "fuzz/engine/test_folder.h"

namespace rw::cli {
namespace {

using engine::TestFolder;

std::string program_of(const std::string& tasks) {
  return "# racewalk 1\ntarget: mm\ndesign: default\nmemory: sc\n" + tasks +
         "schedule:\n  strategy: pos 1\n";
}

// Some thousand executions with fine steps.
constexpr const char* kSmall = "T0:\n  reclaim lru1\nT1:\n  munmap mm0 0x0\n";
// More than anybody waits for.
constexpr const char* kLarge =
    "T0:\n  reclaim lru1\n  reclaim lru0\n  reclaim lru1\nT1:\n  munmap mm0 0x0\n  reclaim lru0\n"
    "T2:\n  munmap mm0 0x0\n  madvise_dontneed mm0 0x2\n";

std::uint64_t executions(const Outcome& outcome) {
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  const std::size_t at = outcome.output.find('{');
  if (at == std::string::npos) return 0;
  const auto json = nlohmann::json::parse(outcome.output.substr(at));
  EXPECT_TRUE(json["complete"].get<bool>()) << outcome.output;
  return json["executions"].get<std::uint64_t>();
}

// With no files open but the three streams and so many in all; a worker takes one for good and one
// more while it is made.
Outcome with_descriptors(unsigned count, const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {
      "-c", "for i in 3 4 5 6 7 8 9; do eval \"exec $i>&-\"; done; ulimit -n $0; exec \"$@\"",
      std::to_string(count), racewalk_binary()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return Spawned(all, 0, "/bin/sh").wait();
}

TEST(ExploreCommand, WithFewerWorkersThanAskedForItGoesOnAndWithoutAnyItKeepsItsState) {
#if defined(RACEWALK_TSAN)
  GTEST_SKIP() << "ThreadSanitizer does not follow fibers into a forked process";
#elif defined(RACEWALK_ASAN)
  GTEST_SKIP() << "UBSan opens a pipe to look at an object's type, and calls it invalid without";
#endif
  TestFolder folder;
  const std::string file = file_with(folder, program_of(kSmall));
  const std::vector<std::string> one = {"explore", file, "--fine", "--json"};
  std::vector<std::string> ten = one;
  ten.insert(ten.end(), {"--jobs", "10", "--state", folder / "x.state"});
  const Outcome none = with_descriptors(4, ten);
  EXPECT_EQ(none.status, 74) << none.output;
  EXPECT_SAYS(none,
              "no worker process can be made: Too many open files. Ask for fewer with --jobs");
  EXPECT_SAYS(none, "what is left is in " + folder / "x.state");
  const std::uint64_t expected = executions(racewalk(one));
  const Outcome few = with_descriptors(8, ten);
  EXPECT_EQ(executions(few), expected);
  EXPECT_SAYS(few,
              "not all worker processes can be made: Too many open files; going on with 4 of "
              "10");
}

TEST(ExploreCommand, TheFailureIsTheSameHoweverManyLookForIt) {
#if defined(RACEWALK_TSAN)
  GTEST_SKIP() << "ThreadSanitizer does not follow fibers into a forked process";
#endif
  TestFolder folder;
  const std::string planted = RACEWALK_SOURCE_DIR "/repro/mm/8-page-lock-only.race";
  const Outcome one = racewalk({"explore", planted, "--json", "--out", folder / "1.race"});
  EXPECT_EQ(one.status, 1) << one.output;
  EXPECT_SAYS(one, "k1-use-after-free");
  std::string first;
  for (int i = 0; i < 4; ++i) {
    const Outcome three =
        racewalk({"explore", planted, "--json", "--jobs", "3", "--out", folder / "3.race"});
    EXPECT_EQ(three.status, 1) << three.output;
    EXPECT_SAYS(three, "k1-use-after-free");
    EXPECT_EQ(racewalk({"replay", folder / "3.race"}).status, 0);
    // However fast each of the three is.
    const std::string saved = contents(folder / "3.race");
    EXPECT_EQ(saved, i == 0 ? saved : first) << i;
    first = saved;
  }
}

TEST(ExploreCommand, InterruptedItSaysHowFarItIsAndGoesOnFromThere) {
#if defined(RACEWALK_TSAN)
  GTEST_SKIP() << "ThreadSanitizer does not follow fibers into a forked process";
#endif
  TestFolder folder;
  const std::string file = file_with(folder, program_of(kLarge));
  const std::string state = folder / "x.state";
  for (const char* jobs : {"1", "2"}) {
    Spawned spawned({"explore", file, "--force", "--state", state, "--jobs", jobs});
    ASSERT_TRUE(eventually([&] { return !spawned.said().empty(); }));
    spawned.signal(*jobs == '1' ? SIGINT : SIGTERM);
    const Outcome outcome = spawned.wait();
    EXPECT_EQ(outcome.status, 130) << outcome.output;
    EXPECT_SAYS(outcome, "no failure among them");
    EXPECT_SAYS(outcome, "the same command goes on with it");
  }
  const Outcome without = racewalk({"explore", file, "--time", "0.5"});
  EXPECT_SAYS(without, "with --state FILE the same command could go on from here");
  const Outcome other = racewalk({"explore", file, "--memory", "lkmm", "--state", state});
  EXPECT_EQ(other.status, 64) << other.output;
  EXPECT_SAYS(other, "another program, memory model");
  engine::FileError error;
  const std::string text = engine::read_whole(state, error).value_or("");
  EXPECT_EQ(engine::write_whole(state, text.substr(0, text.size() / 2)), "");
  const Outcome shorter = racewalk({"explore", file, "--state", state});
  EXPECT_EQ(shorter.status, 64) << shorter.output;
  EXPECT_SAYS(shorter, "cut short");
}

// Tens of thousands of seq_cst accesses in one execution, whose order is looked at after each.
TEST(ExploreCommand, ALivelockIsFoundUnderWeakToo) {
  TestFolder folder;
  const std::string file = RACEWALK_SOURCE_DIR "/repro/puzzles/after_you.race";
  const Outcome outcome =
      racewalk({"explore", file, "--memory", "weak", "--out", folder / "x.race"});
  EXPECT_EQ(outcome.status, 1) << outcome.output;
  EXPECT_SAYS(outcome, "k1-livelock");
}

TEST(ExploreCommand, InPartsItRunsAsManyExecutionsAsInOneGo) {
  TestFolder folder;
  const std::string file = file_with(folder, program_of(kSmall));
  const std::string state = folder / "x.state";
  const std::uint64_t expected = executions(racewalk({"explore", file, "--json", "--fine"}));
  // The first is too short for the whole, and the last long enough on a slow machine too.
  Outcome last;
  unsigned parts = 0;
  for (double seconds = 0.02; ++parts < 40; seconds *= 1.6) {
    last = racewalk(
        {"explore", file, "--json", "--fine", "--time", std::to_string(seconds), "--state", state});
    if (last.output.find("\"complete\": true") != std::string::npos) break;
  }
  EXPECT_GT(parts, 1U);
  EXPECT_EQ(executions(last), expected);
}

TEST(ExploreCommand, TooLargeAProgramIsRefusedWithABoundThatWouldDo) {
  const std::string reference = RACEWALK_SOURCE_DIR "/corpus/mm/reference.race";
  for (const std::vector<std::string>& bound :
       {std::vector<std::string>{}, std::vector<std::string>{"--preemptions", "2"}}) {
    std::vector<std::string> arguments = {"explore", reference};
    arguments.insert(arguments.end(), bound.begin(), bound.end());
    const Outcome outcome = racewalk(arguments);
    EXPECT_EQ(outcome.status, 64) << outcome.output;
    EXPECT_SAYS(outcome, "executions by a guess: too many");
    EXPECT_SAYS(outcome, "bound it with --preemptions 1 (about ");
  }
  EXPECT_EQ(racewalk({"explore", reference, "--preemptions", "5000000000"}).status, 64);
  TestFolder folder;
  const Outcome bounded =
      racewalk({"explore", file_with(folder, program_of(kSmall)), "--preemptions", "99"});
  EXPECT_EQ(bounded.status, 64) << bounded.output;
  EXPECT_SAYS(bounded, "leave --preemptions out (about ");
}

TEST(ExploreCommand, InterruptedWithinABoundItSaysWhichBoundsItHasCovered) {
  TestFolder folder;
  const std::string file = file_with(folder, program_of(kLarge));
  const std::vector<std::string> command = {"explore", file,      "--preemptions",   "3",
                                            "--force", "--state", folder / "x.state"};
  Spawned spawned(command);
  ASSERT_TRUE(eventually([&] { return !spawned.said().empty(); }));
  spawned.signal(SIGINT);
  const Outcome outcome = spawned.wait();
  EXPECT_EQ(outcome.status, 130) << outcome.output;
  EXPECT_SAYS(outcome, "covered, and without a failure: all executions with ");
  // It goes on within the bound that was in hand.
  std::vector<std::string> again = command;
  again.insert(again.end(), {"--time", "0.1", "--json"});
  const std::string output = racewalk(again).output;
  const std::size_t at = output.find('{');  // on a slow machine behind a line of progress
  ASSERT_NE(at, std::string::npos) << output;
  const auto json = nlohmann::json::parse(output.substr(at));
  EXPECT_GE(json["covered"].get<int>(), 0);
  EXPECT_EQ(json["within"].get<int>(), json["covered"].get<int>() + 1);
  EXPECT_EQ(json["preemptions"], 3);
}

TEST(ExploreCommand, AFailureIsNotLostWithoutAFileToSaveItIn) {
  TestFolder folder;
  const Outcome words = racewalk({"explore", kLostUpdate});
  EXPECT_EQ(words.status, 1);
  EXPECT_SAYS(words, "schedule:\n");
  EXPECT_SAYS(words, "--out FILE saves its program");
  const Outcome outcome = racewalk({"explore", kLostUpdate, "--json"});
  const auto json = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(json["key"], json["finding"]["key"]);
  EXPECT_TRUE(json["share_done"].is_null()) << "a failure ends the search";
  const std::string program = json["finding"]["program"].get<std::string>();
  const Outcome again = racewalk({"replay", file_with(folder, program)});
  EXPECT_EQ(again.status, 0) << again.output;
}

TEST(ExploreCommand, AFileThatCannotBeWrittenIsSaidBeforeAnythingRuns) {
  TestFolder folder;
  const std::string file = file_with(folder, program_of(kLarge));
  for (const char* option : {"--state", "--out"}) {
    const Outcome outcome = racewalk({"explore", file, "--force", option, "/nowhere/x"});
    EXPECT_EQ(outcome.status, 74) << outcome.output;
    EXPECT_SAYS(outcome, "cannot write /nowhere/x: No such file");
  }
}

// A limit on files stands for a full disk.
TEST(ExploreCommand, WithAFullDiskItSaysWhatItHasExploredAllTheSame) {
  TestFolder folder;
  const std::string file = file_with(folder, program_of(kLarge));
  const std::string state = folder / "x.state";
  Spawned spawned({"explore", file, "--force", "--state", state, "--time", "0.5"}, 1200);
  const Outcome outcome = spawned.wait();
  EXPECT_EQ(outcome.status, 74) << outcome.output;
  EXPECT_SAYS(outcome, "no failure among them");
  EXPECT_SAYS(outcome, "cannot write " + state);
  EXPECT_FALSE(std::filesystem::exists(state));
}

TEST(ExploreVerdict, SaysAllOnlyOfWhatHasBeenFollowedToItsEnd) {
  ExploreVerdict verdict;
  verdict.all.executions = 1200;
  verdict.all.cut_off = 3;
  verdict.all.complete = false;
  verdict.preemptions = 1;
  verdict.all.within = 1;
  const std::string cut = text_of(verdict);
  EXPECT_EQ(cut.find("all 1,200"), std::string::npos) << cut;
  EXPECT_SAYS(cut, "3 of them reached the step budget: their loops were not explored to the end");
  EXPECT_SAYS(json_of(verdict, 0), "\"verdict\": \"not all explored\"");
  verdict.all.cut_off = 0;
  verdict.all.complete = verdict.all.held_back = true;
  EXPECT_EQ(text_of(verdict),
            "all 1,200 executions of this program (memory sc, coarse steps, at most 1 preemption; "
            "0 repetitions given up; spin loops as long as a round sees something new): no "
            "failure\n");
}

TEST(ExploreWatch, BeyondItsGuessItClaimsNoShare) {
  std::vector<unsigned> asked;
  ExploreWatch watch({}, schedule::Exhaustive::kNoBound, [&](unsigned preemptions) {
    asked.push_back(preemptions);
    return 200.0;
  });
  engine::Exploration so_far;
  so_far.executions = 40;
  so_far.impossible = 10;
  so_far.repeated = 1000;  // no guess is about them
  so_far.share_done = 0.9;
  EXPECT_EQ(watch.share_of(so_far), 0.25);
  so_far.executions = 190;
  EXPECT_EQ(watch.share_of(so_far), std::nullopt);
  EXPECT_EQ(asked, std::vector<unsigned>{schedule::Exhaustive::kNoBound}) << "once";
  EXPECT_EQ(ExploreWatch::beyond_guess(200, 3),
            "more than the 200 guessed; 3 branches known to be open, each with one execution or "
            "many");
  EXPECT_EQ(ExploreWatch::beyond_guess(0, 1),
            "1 branch known to be open, each with one execution or many");
}

}  // namespace
}  // namespace rw::cli
