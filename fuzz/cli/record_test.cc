// racewalk record: with a real rr where there is one that works, without one, and with mistakes.
//
// RACEWALK_RR=PATH names the rr to try; else it is the one in PATH. Where none works the test that
// needs one is skipped and says why; with RACEWALK_REQUIRE_RR=1 that is a failure.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "fuzz/cli/rr_choice.h"
#include "fuzz/cli/spawn.h"
#include "fuzz/cli/spawned_campaign.h"
#include "fuzz/engine/other_programs.h"
#include "fuzz/engine/test_folder.h"

namespace rw::cli {
namespace {

namespace fs = std::filesystem;
using engine::TestFolder;

// What a stored recording says of itself.
nlohmann::json meta_in(const std::string& folder) {
  engine::FileError error;
  return nlohmann::json::parse(engine::read_whole(folder + "/meta.json", error).value_or("null"));
}

engine::RrProbe rr_here() {
  const char* named = std::getenv("RACEWALK_RR");
  return engine::probe_rr(engine::RrWanted::any, named != nullptr ? named : "",
                          {racewalk_binary(), "inferior", "--two-threads"});
}

std::string without(const std::string& text, const std::string& word) {
  const std::size_t at = text.find(word);
  return at == std::string::npos ? text : text.substr(0, at) + text.substr(at + word.size());
}

// Two tasks that take two locks in one order: nothing fails.
std::string fixed_file(const TestFolder& folder) {
  return file_with(folder, without(contents(repro("puzzles/abba")), "twin=planted"));
}

#define SKIP_WITHOUT(probe)                                         \
  if (const char* required = std::getenv("RACEWALK_REQUIRE_RR");    \
      !(probe).works && required != nullptr && required[0] == '1')  \
    FAIL() << "RACEWALK_REQUIRE_RR=1: " << engine::in_words(probe); \
  if (!(probe).works) GTEST_SKIP() << "no rr that works: " << engine::in_words(probe)

TEST(Record, AFolderThatIsNoRecordingIsLeftAsItIs) {
  TestFolder folder;
  std::filesystem::create_directory(folder / "mine");
  std::ofstream(folder / "mine/text") << "kept";
  const Outcome outcome = racewalk({"record", repro("puzzles/abba"), "--rr", "off",
                                    "--shrink-seconds", "0", "-o", folder / "mine"});
  EXPECT_EQ(outcome.status, 74) << outcome.output;
  EXPECT_SAYS(outcome, "is there and is no recording");
  EXPECT_TRUE(std::filesystem::exists(folder / "mine/text"));
}

TEST(Record, AFailureThatEndsItsProcessIsRecordedToo) {
  const engine::RrProbe probe = rr_here();
  SKIP_WITHOUT(probe);
  TestFolder folder;
  const std::string recording = folder / "null.rr";
  const Outcome made = racewalk(
      {"record", file_with(folder, null_dereference("")), "--rr", probe.rr.path, "-o", recording});
  ASSERT_EQ(made.status, 0) << made.output;
  EXPECT_SAYS(made, "recorded");
  const Outcome both = racewalk({"debug", recording, "--json"});
  ASSERT_EQ(both.status, 0) << both.output;
  const auto json = nlohmann::json::parse(both.output);
  ASSERT_EQ(json["stops"].size(), 1U) << both.output;
  EXPECT_EQ(json["stops"][0]["frames"][0]["function"], "follow");
  // The check, and in between the other task's clearing of the pointer.
  ASSERT_GE(json["accesses"].size(), 2U) << both.output;
  EXPECT_EQ(json["accesses"][1][0]["function"], "WRITE_ONCE");
}

TEST(Record, AFailureIsRecordedReplayedAndSteppedBackThrough) {
  const engine::RrProbe probe = rr_here();
  SKIP_WITHOUT(probe);
  TestFolder folder;
  const std::string recording = folder / "8.rr";
  const Outcome made = racewalk({"record", repro("mm/8-page-lock-only"), "--rr", probe.rr.path,
                                 "-o", recording, "--shrink-seconds", "0"});
  ASSERT_EQ(made.status, 0) << made.output;
  EXPECT_SAYS(made.output, "recorded");
  const auto meta = meta_in(recording);
  EXPECT_EQ(meta["key"], "k1-use-after-free-3bc7f693");
  EXPECT_EQ(meta["mode"], probe.rr.software ? "software" : "hardware");
  EXPECT_GT(meta["events"].get<unsigned>(), 0U);
  // The recorded process had no environment to give away.
  const char* home = std::getenv("HOME");
  if (home != nullptr && probe.rr.software)
    EXPECT_EQ(engine::run_program({probe.rr.path, "traceinfo", recording + "/trace"}, 60)
                  .output.find(std::string("HOME=") + home),
              std::string::npos);

  const Outcome both = racewalk({"debug", recording, "--json"});
  ASSERT_EQ(both.status, 0) << both.output;
  const auto json = nlohmann::json::parse(both.output);
  ASSERT_EQ(json["stops"].size(), 2U) << both.output;
  EXPECT_EQ(json["stops"][0]["frames"][0]["function"], "anon_vma_free");
  EXPECT_EQ(json["stops"][0]["source"], "kmem_cache_free(w().anon_vma_cache, av);");
  EXPECT_EQ(json["stops"][1]["frames"][0]["function"], "down_read_root");

  // Cut short, it is not trusted: the steered replay says the same.
  fs::resize_file(recording + "/trace/events", 100);
  const Outcome cut = racewalk({"debug", recording, "--batch"});
  EXPECT_EQ(cut.status, 0) << cut.output;
  EXPECT_SAYS(cut.output, "rr replay: ");
  EXPECT_SAYS(cut.output, "debugging the steered replay");
  EXPECT_SAYS(cut.output, "in anon_vma_free ");
}

TEST(Record, WithoutAnRrTheSteeredReplayIsStoredAndTheReasonSaid) {
  TestFolder folder;
  const std::string file = folder / "x.race";
  fs::copy_file(repro("puzzles/abba"), file);
  const Outcome outcome = racewalk({"record", file, "--rr", "off"});
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_SAYS(outcome.output, "no recording");
  const auto meta = meta_in(folder / "x.rr");
  EXPECT_EQ(meta["mode"], "none");
  EXPECT_SAYS(meta["why_not"].get<std::string>(), "--rr off");
  for (const char* name : {"program.race", "trace.json", "racewalk.py", "execution.py",
                           "printers.py", "batch.py", "replay.sh"})
    EXPECT_TRUE(fs::exists(folder / "x.rr/" + name)) << name;
  EXPECT_FALSE(fs::exists(folder / "x.rr.tmp"));
  const Outcome again = racewalk({"replay", folder / "x.rr/program.race"});
  EXPECT_EQ(again.status, 0) << again.output;
}

TEST(Record, WhatEndsItsProcessIsShrunkFirstToo) {
  TestFolder folder;
  std::string longer = null_dereference("");
  longer.insert(longer.find("T1:"), "  role1\n");  // more than the failure takes
  const std::string file = file_with(folder, longer);
  for (const char* seconds : {"500", "0"}) {
    const std::string recording = folder / ("null" + std::string(seconds) + ".rr");
    const Outcome made =
        racewalk({"record", file, "--rr", "off", "-o", recording, "--shrink-seconds", seconds});
    EXPECT_EQ(made.status, 0) << made.output;
  }
  const std::string shrunk = contents(folder / "null500.rr/program.race");
  EXPECT_NE(shrunk.find("role1"), std::string::npos) << shrunk;
  EXPECT_LT(shrunk.size(), contents(folder / "null0.rr/program.race").size()) << shrunk;
}

TEST(Record, AnRrThatIsAskedForAndDoesNotWorkIsAnError) {
  TestFolder folder;
  const Outcome none = racewalk({"record", repro("puzzles/abba"), "--rr", "/nowhere/rr"});
  EXPECT_EQ(none.status, 64) << none.output;
  EXPECT_SAYS(none.output, "/nowhere/rr: there is no such program");
  const Outcome word = racewalk({"record", repro("puzzles/abba"), "--rr", "sotf"});
  EXPECT_EQ(word.status, 64) << word.output;
  EXPECT_SAYS(word.output, "write auto, hw, soft, off or a path");
  // /bin/false neither records nor says why; what can be stored is stored all the same.
  const Outcome fails =
      racewalk({"record", repro("puzzles/abba"), "--rr", "/bin/false", "-o", folder / "f.rr"});
  EXPECT_EQ(fails.status, 64) << fails.output;
  EXPECT_EQ(meta_in(folder / "f.rr")["mode"], "none");
}

TEST(Record, ARecordingThatDoesNotReplayHereFallsBackToTheSteeredReplay) {
  TestFolder folder;
  const std::string recording = folder / "x.rr";
  ASSERT_EQ(racewalk({"record", repro("puzzles/abba"), "--rr", "off", "-o", recording}).status, 0);
  auto meta = meta_in(recording);
  meta["mode"] = "hardware";
  meta["rr"]["path"] = "/nowhere/rr";
  meta["processor"] = "another processor";
  ASSERT_EQ(engine::write_whole(recording + "/meta.json", meta.dump()), "");
  const char* set = std::getenv("PATH");
  const std::string path = set == nullptr ? "" : set;
  ::setenv("PATH", "/nonexistent", 1);  // no rr, and no gdb either
  const Outcome outcome = racewalk({"debug", recording, "--batch"});
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(outcome.status, 64) << outcome.output;
  EXPECT_SAYS(outcome.output, "there is no rr: neither /nowhere/rr nor one in PATH");
  EXPECT_SAYS(outcome.output, "debugging the steered replay");
  EXPECT_SAYS(outcome.output, "waits on abba#0.");
}

// A program that works as an rr: a recording is what the recorded program said, and `bytes` more.
std::string working_rr(const TestFolder& folder, unsigned bytes) {
  return rr_script(folder, "record*)\n  t=\"$3\"; mkdir \"$t\"; head -c " + std::to_string(bytes) +
                               " /dev/zero > \"$t/data\"; shift 3\n"
                               "  \"$@\" > \"$t/said\" 2>&1; s=$?; cat \"$t/said\"; exit $s ;;\n"
                               "replay*) for t in \"$@\"; do :; done; cat \"$t/said\" ;;\n"
                               "pack*|dump*) ;;");
}

TEST(Record, ARecordingAboveMaxSizeIsNotKept) {
  TestFolder folder;
  const std::string rr = working_rr(folder, 2'100'000);
  const auto record = [&](const char* megabytes) {
    return racewalk({"record", kLostUpdate, "--rr", rr, "-o", folder / "x.rr", "--shrink-seconds",
                     "0", "--max-size", megabytes});
  };
  const Outcome large = record("1");
  EXPECT_EQ(large.status, 2) << large.output;
  EXPECT_SAYS(large, "the packed recording has 2 MB, --max-size allows 1");
  EXPECT_FALSE(fs::exists(folder / "x.rr/trace"));
  const Outcome fits = record("3");
  EXPECT_EQ(fits.status, 0) << fits.output;
  EXPECT_TRUE(fs::exists(folder / "x.rr/trace"));
}

TEST(Record, WhatAHuntSavesIsRecordedBesideIt) {
  TestFolder folder;
  const std::vector<std::string> hunt = {"bugs",
                                         "--target",
                                         "puzzles",
                                         "--hunt",
                                         "abba,lost_update",
                                         "--rr",
                                         working_rr(folder, 1000)};
  const Outcome nowhere = racewalk(hunt);
  EXPECT_EQ(nowhere.status, 64) << nowhere.output;
  EXPECT_SAYS(nowhere, "--rr needs --save");
  const auto save = [&] {
    const Outcome outcome = racewalk(with(hunt, {"--save", folder / "out", "--json"}));
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_SAYS(outcome, folder / "out/abba.rr: recorded");
    const std::size_t at = std::min(outcome.output.find("{\n"), outcome.output.size());
    const std::size_t end = outcome.output.find("\n}\n");
    const auto json = nlohmann::json::parse(outcome.output.substr(at, end + 3 - at));
    for (const auto& entry : json.at("entries")) {
      const std::string recording = entry.at("finding").at("recording");
      EXPECT_EQ(recording, folder / "out/" + entry.at("name").get<std::string>() + ".rr");
      EXPECT_EQ(meta_in(recording).at("key"), entry.at("finding").at("key"));
    }
    EXPECT_EQ(json.at("entries").size(), 2U);
  };
  save();
  // One of another failure, which had the name before, does not stay.
  auto meta = meta_in(folder / "out/abba.rr");
  meta["key"] = "k1-deadlock-00000000";
  ASSERT_EQ(engine::write_whole(folder / "out/abba.rr/meta.json", meta.dump()), "");
  save();
}

TEST(Record, CtrlCIsExit130AndLeavesNothing) {
  TestFolder folder;
  Spawned steered({"record", kLostUpdate, "--rr", endless_rr(folder), "-o", folder / "x.rr"});
  const auto begun = [&] { return fs::exists(folder / "x.rr.tmp/trace.json"); };
  ASSERT_TRUE(eventually(begun)) << steered.said();
  steered.signal(SIGINT);
  const Outcome outcome = steered.wait();
  EXPECT_EQ(outcome.status, 130) << outcome.output;
  EXPECT_SAYS(outcome, "interrupted: nothing is recorded");
  EXPECT_FALSE(fs::exists(folder / "x.rr"));
  EXPECT_FALSE(fs::exists(folder / "x.rr.tmp"));
}

TEST(Record, CtrlCWhileRrIsTriedIsExit130AtOnce) {
  TestFolder folder;
  const std::string tried = folder / "tried";
  const std::string rr = rr_script(folder, "record*) echo x >>" + tried + "; exec sleep 1000 ;;");
  Spawned command({"record", kLostUpdate, "--rr", rr, "-o", folder / "x.rr"});
  ASSERT_TRUE(eventually([&] { return fs::exists(tried); })) << command.said();
  command.signal(SIGINT);
  const Outcome outcome = command.wait();
  EXPECT_EQ(outcome.status, 130) << outcome.output;
  EXPECT_EQ(contents(tried), "x\n") << "no other way to record is tried";
  EXPECT_SAYS(outcome, "interrupted: nothing is recorded");
  EXPECT_FALSE(fs::exists(folder / "x.rr"));
}

TEST(Record, CtrlCOnThreadsTellsHowManyRunsThereWere) {
  TestFolder folder;
  Spawned threads({"record", fixed_file(folder), "--rr", "off", "--threads", "1000000000"});
  ASSERT_TRUE(eventually([&] { return threads.said().find("rr: ") != std::string::npos; }));
  threads.signal(SIGINT);
  const Outcome outcome = threads.wait();
  EXPECT_EQ(outcome.status, 130) << outcome.output;
  EXPECT_SAYS(outcome, "interrupted after ");
  EXPECT_SAYS(outcome, " of 1000000000 runs on real threads");
  EXPECT_FALSE(fs::exists(folder / "x.rr"));
}

TEST(Record, WhatDoesNotFailIsNotRecordedAndLeavesNoFolder) {
  TestFolder folder;
  const std::string out = folder / "a/b/x.rr";
  const Outcome outcome = racewalk({"record", fixed_file(folder), "--rr", "off", "-o", out});
  EXPECT_EQ(outcome.status, 2) << outcome.output;
  EXPECT_FALSE(fs::exists(folder / "a"));
}

TEST(Record, WhereItCannotWriteIsToldBeforeTheWork) {
  TestFolder folder;
  const std::string file = fixed_file(folder);
  ASSERT_EQ(engine::make_folder(folder / "mine"), "");
  ASSERT_EQ(engine::write_whole(folder / "mine/text", "kept"), "");
  const auto refused = [&](const std::string& out, const std::string& why) {
    const Outcome outcome = racewalk({"record", file, "--rr", "off", "-o", out});
    EXPECT_EQ(outcome.status, 74) << outcome.output;
    EXPECT_SAYS(outcome, why);
    EXPECT_EQ(outcome.output.find("does not fail"), std::string::npos) << outcome.output;
  };
  refused(file + "/x.rr", "cannot make folder " + file + ": ");
  refused(folder / "mine", "mine is there and is no recording");
}

TEST(Record, TheFoldersAboveAreMade) {
  TestFolder folder;
  const Outcome outcome = racewalk({"record", repro("puzzles/abba"), "--rr", "off",
                                    "--shrink-seconds", "0", "-o", folder / "a/b/x.rr/"});
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(meta_in(folder / "a/b/x.rr")["mode"], "none");
  EXPECT_FALSE(fs::exists(folder / "a/b/x.rr.tmp"));
}

}  // namespace
}  // namespace rw::cli
