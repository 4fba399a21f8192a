#include "fuzz/engine/shared_state.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "fuzz/engine/test_folder.h"

namespace rw::engine {
namespace {

TEST(SharedState, TheReaderSeesTheInputThatWasSetLast) {
  TestFolder folder;
  FileError error;
  const auto writer = SharedState::create(folder / "state", error);
  ASSERT_NE(writer, nullptr) << error;
  const auto reader = SharedState::open(folder / "state", error);
  ASSERT_NE(reader, nullptr) << error;
  EXPECT_FALSE(reader->current_input().has_value());
  for (const char* input : {"one", "two", "", "three"}) {
    writer->set_current_input(input);
    EXPECT_EQ(reader->current_input(), input);
  }
  writer->counters().executions.store(7);
  EXPECT_EQ(reader->counters().executions.load(), 7U);
  EXPECT_EQ(reader->error(), "");
  writer->set_error("cannot write x");
  EXPECT_EQ(reader->error(), "cannot write x");
  writer->set_error(std::string(5000, 'x'));
  EXPECT_EQ(reader->error().find_first_not_of('x'), std::string::npos);
  EXPECT_GT(reader->error().size(), 100U);
}

TEST(SharedState, AWriterKilledAtAnyMomentLeavesAWholeInput) {
  TestFolder folder;
  FileError error;
  const auto reader = SharedState::create(folder / "state", error);
  ASSERT_NE(reader, nullptr) << error;
  for (int round = 0; round < 20; round++) {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto writer = SharedState::open(folder / "state", error);
      for (unsigned i = 0;; i++)
        writer->set_current_input(std::string(1 + i % 50'000, static_cast<char>('a' + i % 26)));
    }
    ::usleep(3000 + 500 * static_cast<useconds_t>(round));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const std::string input = reader->current_input().value_or("");
    EXPECT_EQ(input.find_first_not_of(input.empty() ? 'a' : input[0]), std::string::npos);
  }
}

TEST(SharedState, WhatRanOfAnInputIsForgottenWithTheNext) {
  TestFolder folder;
  FileError error;
  const auto writer = SharedState::create(folder / "state", error);
  const auto reader = SharedState::open(folder / "state", error);
  ASSERT_NE(reader, nullptr) << error;
  writer->set_current_input("first");
  program::RunRecord& run = writer->run_record();
  run.lists[0].ops[0].op = 7;
  run.lists[0].count = 1;
  EXPECT_EQ(reader->run_record().lists[0].count, 1U);
  EXPECT_EQ(reader->run_record().lists[0].ops[0].op, 7U);
  writer->set_current_input("second");
  EXPECT_EQ(reader->run_record().lists[0].count, 0U);
}

TEST(SharedState, AFileOfAnotherSizeIsRefused) {
  TestFolder folder;
  ASSERT_EQ(write_whole(folder / "state", "too short"), "");
  FileError error;
  EXPECT_EQ(SharedState::open(folder / "state", error), nullptr);
  EXPECT_NE(error.find("no worker's state file"), std::string::npos) << error;
}

TEST(SharedState, AFullDiskIsAnErrorWhenTheFileIsMadeAndNotACrashLater) {
  TestFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    FileError error;
    ::_exit(SharedState::create(folder / "state", error) == nullptr && !error.empty() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace rw::engine
