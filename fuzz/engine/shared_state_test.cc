#include "fuzz/engine/shared_state.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

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

constexpr int kLived = 42;  // exit status; a sanitizer's report has another one

// Three pages of which the middle one cannot be read: who copies them dies in the middle.
std::string_view half_readable() {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* at = ::mmap(nullptr, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) ::_exit(kLived);
  std::memset(at, 'x', 3 * page);
  ::mprotect(static_cast<char*>(at) + page, page, PROT_NONE);
  return {static_cast<const char*>(at), 3 * page};
}

TEST(SharedState, AWriterThatDiesInTheMiddleLeavesTheInputBefore) {
  TestFolder folder;
  for (unsigned before = 1; before <= 3; before++) {
    FileError error;
    const auto reader = SharedState::create(folder / "state", error);
    ASSERT_NE(reader, nullptr) << error;
    const pid_t child = ::fork();
    if (child == 0) {
      const auto writer = SharedState::open(folder / "state", error);
      for (unsigned i = 0; i < before; i++)
        writer->set_current_input(std::string(20'000, static_cast<char>('a' + i)));
      writer->set_current_input(half_readable());
      ::_exit(kLived);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_NE(status, kLived << 8) << "it did not die of the write";
    const std::string last(20'000, static_cast<char>('a' + before - 1));
    EXPECT_EQ(reader->current_input(), last);
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
