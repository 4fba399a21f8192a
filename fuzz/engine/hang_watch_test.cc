#include "fuzz/engine/hang_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include "fuzz/engine/clock.h"
#include "fuzz/engine/test_folder.h"

namespace {

using namespace rw::engine;

WorkerProcess shell(const TestFolder& folder, const std::string& command) {
  FileError error;
  auto process = WorkerProcess::start({"/bin/sh", "-c", command}, folder / "log", error);
  EXPECT_EQ(error, "");
  return std::move(*process);
}

void pause() {
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

TEST(HangWatch, AProcessThatSleepsWithoutABeatHangs) {
  const TestFolder folder;
  const WorkerProcess sleeper = shell(folder, "sleep 60");
  HangWatch watch;
  const double began = now();
  const std::atomic<std::uint64_t> beat = 0;
  bool hangs = false;
  while (!hangs && now() - began < 30) {
    hangs = watch.hangs(beat, sleeper, 0.2);
    pause();
  }
  EXPECT_TRUE(hangs);
}

TEST(HangWatch, ABeatStartsTheTimeAnew) {
  const TestFolder folder;
  const WorkerProcess sleeper = shell(folder, "sleep 60");
  HangWatch watch;
  for (std::atomic<std::uint64_t> beat = 1; beat < 60; ++beat) {
    EXPECT_FALSE(watch.hangs(beat, sleeper, 0.2));
    pause();
  }
}

TEST(HangWatch, SilenceThatNobodyWatchedIsNoHang) {
  const TestFolder folder;
  const WorkerProcess sleeper = shell(folder, "sleep 60");
  const std::atomic<std::uint64_t> beat = 0;
  std::optional<HangWatch> watch;
  for (double began = 0; now() - began > 0.04;) {  // the first look has to come at once
    began = now();
    watch.emplace();
    EXPECT_FALSE(watch->hangs(beat, sleeper, 0.2));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(400));  // as if it had no core
  EXPECT_FALSE(watch->hangs(beat, sleeper, 0.2));
}

TEST(WorkerProcess, KnowsHowLongItStoodReadyWithoutACore) {
  const TestFolder folder;
  std::vector<WorkerProcess> busy;
  for (unsigned i = 0; i < 4 * cores() + 4; ++i)
    busy.push_back(shell(folder, "while :; do :; done"));
  const double began = now();
  double starved = 0;
  while (starved < 0.2 && now() - began < 30) {
    starved = busy[0].starved();
    pause();
  }
  EXPECT_GE(starved, 0.2) << "of a process that shares each core with three others";
}

}  // namespace
