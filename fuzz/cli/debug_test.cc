// racewalk debug on steered replays: both accesses of a failure, the commands, and mistakes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "fuzz/cli/spawn.h"
#include "fuzz/engine/other_programs.h"
#include "fuzz/engine/test_folder.h"

namespace rw::cli {
namespace {

using engine::TestFolder;

// Why gdb is not asked here; empty: it is.
std::string no_gdb() {
  if (engine::find_program({"gdb"}).empty()) return "there is no gdb: ci/setup installs it";
  if (verdict::built_with(verdict::Sanitizer::thread) ||
      verdict::built_with(verdict::Sanitizer::address))
    return "sanitizer builds have line tables only: the plain build is what is debugged";
  return {};
}

// No program is found while it lives.
class NoPrograms {
 public:
  NoPrograms() {
    if (const char* path = std::getenv("PATH")) path_ = path;
    ::setenv("PATH", "/nonexistent", 1);
  }
  ~NoPrograms() { ::setenv("PATH", path_.c_str(), 1); }
  NoPrograms(const NoPrograms&) = delete;
  NoPrograms& operator=(const NoPrograms&) = delete;

 private:
  std::string path_;
};

nlohmann::json debugged(const std::string& file) {
  const Outcome outcome = racewalk({"debug", file, "--json"});
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  auto json = nlohmann::json::parse(outcome.output, nullptr, false);
  EXPECT_TRUE(json.is_object()) << outcome.output;
  return json;
}

TEST(Debug, AUseAfterFreeStandsAtTheFreeAndThenAtTheUse) {
  if (const std::string why = no_gdb(); !why.empty()) GTEST_SKIP() << why;
  const auto json = debugged(repro("mm/8-page-lock-only"));
  const auto& stops = json.at("stops");
  ASSERT_EQ(stops.size(), 2U) << json.dump(1);
  EXPECT_EQ(stops[0]["what"], "frees anon_vma#0");
  EXPECT_EQ(stops[0]["task"], 1);
  EXPECT_EQ(stops[0]["frames"][0]["function"], "anon_vma_free");
  EXPECT_EQ(stops[0]["source"], "kmem_cache_free(w().anon_vma_cache, av);");
  EXPECT_EQ(stops[1]["what"], "use-after-free: uses anon_vma#0.root");
  EXPECT_EQ(stops[1]["task"], 0);
  EXPECT_EQ(stops[1]["frames"][0]["function"], "down_read_root");
  EXPECT_EQ(stops[1]["frames"][1]["file"], "targets/mm/anon_vma_lookup.cc");
  EXPECT_EQ(stops[1]["failed"], true);
  EXPECT_LT(stops[0]["step"], stops[1]["step"]);
}

TEST(Debug, ADeadlockStandsAtEachWait) {
  if (const std::string why = no_gdb(); !why.empty()) GTEST_SKIP() << why;
  const auto json = debugged(repro("puzzles/abba"));
  const auto& stops = json.at("stops");
  ASSERT_EQ(stops.size(), 3U) << json.dump(1);
  EXPECT_NE(stops[0]["task"], stops[1]["task"]);
  for (unsigned i = 0; i < 2; i++) {
    EXPECT_EQ(stops[i]["what"].get<std::string>().find("waits on abba#0."), 0U);
    EXPECT_EQ(stops[i]["frames"][0]["function"], "both");
  }
  EXPECT_EQ(stops[2]["what"], "deadlock");
}

TEST(Debug, AnAssertionStandsAtBothTasksAccessesAndThenAtTheCheck) {
  if (const std::string why = no_gdb(); !why.empty()) GTEST_SKIP() << why;
  const auto json = debugged(repro("puzzles/lost_update"));
  const auto& stops = json.at("stops");
  ASSERT_EQ(stops.size(), 3U) << json.dump(1);
  for (unsigned i = 0; i < 2; i++) {
    EXPECT_EQ(stops[i]["what"], "writes lost_update#0.counter");
    EXPECT_EQ(stops[i]["frames"][0]["function"], "increment");
    EXPECT_NE(stops[i]["source"], "");
  }
  EXPECT_NE(stops[0]["task"], stops[1]["task"]);
  EXPECT_EQ(stops[2]["what"], "invariant");
  EXPECT_EQ(stops[1]["phase"], "parallel");
  EXPECT_EQ(stops[2]["phase"], "finish");
}

TEST(Debug, WhatSetUpAndTheFinalChecksDoIsNoTasks) {
  if (const std::string why = no_gdb(); !why.empty()) GTEST_SKIP() << why;
  TestFolder folder;
  for (const char* name : {"mm/25-oom-reaper-without-notifier", "puzzles/lost_update"}) {
    const Outcome made = racewalk({"record", repro(name), "--rr", "off", "-o", folder / "x.rr"});
    ASSERT_EQ(made.status, 0) << made.output;
    const std::string all = engine::run_program({engine::find_program({"gdb"}),
                                                 "-q",
                                                 "-nx",
                                                 "-batch",
                                                 "-x",
                                                 folder / "x.rr/racewalk.py",
                                                 "-ex",
                                                 "rw-run",
                                                 "-ex",
                                                 "rw-timeline",
                                                 "-ex",
                                                 "rw-goto 1",
                                                 "-ex",
                                                 "rw-timeline",
                                                 "-ex",
                                                 "rw-tasks",
                                                 "--args",
                                                 racewalk_binary(),
                                                 "inferior",
                                                 folder / "x.rr/program.race"},
                                                120)
                                .output;
    if (name[0] == 'm') {
      EXPECT_SAYS(all, "step 1, set-up: ");
      EXPECT_SAYS(all, "-- set-up --\n");
      EXPECT_SAYS(all, ">set-up ");
      EXPECT_SAYS(all, "T0: stale-secondary");
    } else {
      EXPECT_SAYS(all, "step 5, final checks: invariant");
      EXPECT_SAYS(all, "-- all tasks have ended --\n");
      EXPECT_SAYS(all, "step 1, T0: reads lost_update#0.counter");
    }
  }
}

// As the trace has them, without gdb: that takes seconds each.
// But two: a number of pages that the final checks free, and what always fails.
TEST(Debug, EveryStoredFailureHasAPlaceBeforeTheFailure) {
  const NoPrograms none;
  unsigned looked_at = 0;
  for (const char* folder : {"mm", "puzzles"})
    for (const auto& entry : std::filesystem::directory_iterator(std::string(RACEWALK_SOURCE_DIR) +
                                                                 "/repro/" + folder)) {
      const std::string name = entry.path().stem().string();
      if (name == "48-unbounded-gather" || name == "canary") continue;
      const Outcome outcome = racewalk({"debug", entry.path().string(), "--batch"});
      const std::size_t first = outcome.output.find("\n  step ");
      EXPECT_NE(first, outcome.output.rfind("\n  step ")) << entry.path() << outcome.output;
      looked_at++;
    }
  EXPECT_GT(looked_at, 120U);
}

// The folder that record makes without rr, driven as a person would by its own script.
TEST(Debug, TheCommandsShowTheTimelineTasksLocksAndObjectsAndGoBackAndForth) {
  if (const std::string why = no_gdb(); !why.empty()) GTEST_SKIP() << why;
  TestFolder folder;
  const Outcome made =
      racewalk({"record", repro("puzzles/unlocked_update"), "--rr", "off", "-o", folder / "u.rr"});
  ASSERT_EQ(made.status, 0) << made.output;
  std::vector<std::string> line = {engine::find_program({"gdb"}), "-q", "-nx", "-batch", "-x",
                                   folder / "u.rr/racewalk.py"};
  for (const char* command : {"rw-run", "rw-timeline", "rw-locks", "rw-tasks",
                              "rw-object unlocked_update#0", "echo BACK\\n", "rw-back", "rw-locks",
                              "echo FORTH\\n", "rw-goto 1", "rw-goto failure", "rw-back nothing#9"})
    line.insert(line.end(), {"-ex", command});
  line.insert(line.end(), {"--args", racewalk_binary(), "inferior", folder / "u.rr/program.race"});
  const std::string all = engine::run_program(line, 120).output;

  const std::size_t back = all.find("BACK\n");
  const std::size_t forth = all.find("FORTH\n");
  ASSERT_LT(back, forth) << all;
  const std::string first = all.substr(0, back);
  EXPECT_SAYS(first, "step 1, T0: data-race: uses unlocked_update#0.counter");
  EXPECT_SAYS(first, "  > s->counter.add(1);");
  EXPECT_SAYS(first, "writes unlocked_update#0.counter");
  EXPECT_SAYS(first, "T0 holds unlocked_update#0.lock since step 1");
  EXPECT_SAYS(first, ">T0 role0");
  EXPECT_SAYS(first, " T1 role1");
  EXPECT_SAYS(first, "lock = held for writing");
  EXPECT_SAYS(first, "counter = 1");
  const std::string second = all.substr(back, forth - back);
  EXPECT_SAYS(second, "T1: writes unlocked_update#0.counter");
  EXPECT_SAYS(second, "in hasty_update ");
  EXPECT_SAYS(second, "no task holds a lock");
  const std::string third = all.substr(forth);
  EXPECT_SAYS(third, "step 1, T0: spin_lock unlocked_update#0.lock");
  EXPECT_SAYS(third, "data-race: uses unlocked_update#0.counter");
  EXPECT_SAYS(third, "no other task has touched nothing#9 before");
}

TEST(Debug, CtrlCInABatchIsExit130AndLeavesNoFolder) {
  TestFolder folder;
  ASSERT_EQ(engine::write_whole(folder / "gdb", "#!/bin/sh\nexec sleep 1000\n"), "");
  std::filesystem::permissions(folder / "gdb", std::filesystem::perms::owner_all);
  std::filesystem::create_directory(folder / "tmp");
  const auto is_empty = [&] { return std::filesystem::is_empty(folder / "tmp"); };
  Spawned debug({"PATH=" + folder.path + ":" + std::getenv("PATH"), "TMPDIR=" + (folder / "tmp"),
                 racewalk_binary(), "debug", "--batch", repro("puzzles/abba")},
                0, "/usr/bin/env");
  ASSERT_TRUE(eventually([&] { return !is_empty(); })) << debug.said();
  debug.signal(SIGINT);
  const Outcome outcome = debug.wait();
  EXPECT_EQ(outcome.status, 130) << outcome.output;
  EXPECT_TRUE(is_empty());
}

TEST(Debug, WithoutGdbThePlacesAreToldFromTheTrace) {
  const NoPrograms none;
  const Outcome outcome = racewalk({"debug", repro("puzzles/unlocked_update"), "--batch"});
  EXPECT_EQ(outcome.status, 64);
  EXPECT_SAYS(outcome.output, "there is no gdb in PATH");
  EXPECT_SAYS(outcome.output, "T1: writes unlocked_update#0.counter");
  EXPECT_SAYS(outcome.output, "targets/puzzles/unlocked_update.cc:");
}

TEST(Debug, WhatDoesNotFailOrIsNoRecordingIsRefused) {
  TestFolder folder;
  const std::string file = folder / "x.race";
  ASSERT_EQ(engine::write_whole(file,
                                "# racewalk 1\ntarget: puzzles\n"
                                "design: puzzle=unlocked_update twin=fixed\nT0:\n  role0\n"
                                "schedule:\n  T0 until end\n"),
            "");
  const Outcome fine = racewalk({"debug", file, "--batch"});
  EXPECT_EQ(fine.status, 2) << fine.output;
  EXPECT_SAYS(fine.output, "does not fail when it is run steered");
  const Outcome empty = racewalk({"debug", folder.path, "--batch"});
  EXPECT_EQ(empty.status, 64) << empty.output;
  EXPECT_SAYS(empty.output, "meta.json");
}

}  // namespace
}  // namespace rw::cli
