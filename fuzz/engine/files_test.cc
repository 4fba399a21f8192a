#include "fuzz/engine/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "fuzz/engine/test_folder.h"

namespace rw::engine {
namespace {

TEST(WriteWhole, WhatIsWrittenIsReadBack) {
  TestFolder folder;
  const std::string path = folder / "x";
  ASSERT_EQ(write_whole(path, std::string("a\0b", 3)), "");
  ASSERT_EQ(write_whole(path, "second"), "");
  FileError error;
  EXPECT_EQ(read_whole(path, error), "second");
  EXPECT_EQ(list_folder(folder.path), std::vector<std::string>{"x"});
}

TEST(WriteWhole, AFolderThatIsNotThereIsAnErrorThatNamesTheFile) {
  const FileError error = write_whole("/nonexistent/x", "y");
  EXPECT_NE(error.find("/nonexistent/x"), std::string::npos) << error;
  EXPECT_NE(error.find("No such file"), std::string::npos) << error;
}

// The limit on file sizes stands in for a full disk: write(2) fails half-way.
TEST(WriteWhole, AWriteThatFailsHalfWayLeavesTheOldFileAndNoOther) {
  TestFolder folder;
  const std::string path = folder / "x";
  ASSERT_EQ(write_whole(path, "old"), "");
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::_exit(write_whole(path, std::string(100'000, 'n')).empty() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0) << "the write should have failed";
  FileError error;
  EXPECT_EQ(read_whole(path, error), "old");
  EXPECT_EQ(list_folder(folder.path).size(), 1U);
}

TEST(WriteWhole, AKilledWriterLeavesOneOfTheTwoContents) {
  TestFolder folder;
  const std::string path = folder / "x";
  const std::string a(200'000, 'a');
  const std::string b(300'000, 'b');
  for (int round = 0; round < 10; round++) {
    ASSERT_EQ(write_whole(path, a), "");
    const pid_t child = ::fork();
    if (child == 0)
      for (;;)
        if (!write_whole(path, b).empty() || !write_whole(path, a).empty()) ::_exit(1);
    ::usleep(2000 + 1700 * static_cast<useconds_t>(round));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer failed by itself";
    FileError error;
    const auto now = read_whole(path, error);
    ASSERT_TRUE(now.has_value()) << error;
    EXPECT_TRUE(*now == a || *now == b) << "size " << now->size();
  }
}

// More than a pipe holds, while its reader is not there yet.
TEST(WriteWhole, APipeGetsItAllHoweverSlowItsReaderIs) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const std::string bytes(300'000, 'x');
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    ::_exit(write_whole(fmt::format("/dev/fd/{}", ends[1]), bytes).empty() ? 0 : 1);
  }
  ::close(ends[1]);
  ::usleep(50'000);
  std::string got;
  char buffer[4096];
  for (ssize_t n; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    got.append(buffer, static_cast<std::size_t>(n));
  ::close(ends[0]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(got, bytes);
}

// Where process ids repeat, as in containers, a killed process had this one's.
TEST(WriteWhole, WhatAKilledWriterLeftIsNotInTheWay) {
  TestFolder folder;
  for (int i = 0; i < 100; ++i)
    std::ofstream(folder / fmt::format("x.{}.{}.tmp", ::getpid(), i)) << "half";
  EXPECT_EQ(write_whole(folder / "x", "whole"), "");
  FileError error;
  EXPECT_EQ(read_whole(folder / "x", error), "whole");
}

TEST(ReadWhole, WaitsForAPipeWhoseWriterIsSlow) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    ::usleep(50'000);
    ::_exit(::write(ends[1], "late", 4) == 4 ? 0 : 1);
  }
  ::close(ends[1]);
  FileError error;
  EXPECT_EQ(read_whole(fmt::format("/dev/fd/{}", ends[0]), error), "late") << error;
  ::close(ends[0]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(WriteWhole, WhereStandardOutputGoesItIsWrittenAmongTheRest) {
  TestFolder folder;
  const std::string path = folder / "x";
  const pid_t child = ::fork();
  if (child == 0) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || ::dup2(fd, STDOUT_FILENO) < 0) ::_exit(1);
    std::printf("one ");
    if (!write_whole("/dev/stdout", "two ").empty()) ::_exit(2);
    std::printf("three ");
    if (!append_whole("/dev/stdout", "four ").empty()) ::_exit(3);
    std::printf("five");
    std::fflush(stdout);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  FileError error;
  EXPECT_EQ(read_whole(path, error), "one two three four five");
}

TEST(ReadWhole, AFolderAndATooLongFileAreErrorsAndAPipeThatNobodyWritesIsEmpty) {
  TestFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0644), 0);
  FileError error;
  EXPECT_FALSE(read_whole(folder.path, error).has_value());
  EXPECT_NE(error.find("directory"), std::string::npos) << error;
  ASSERT_EQ(write_whole(folder / "long", std::string(100, 'x')), "");
  EXPECT_FALSE(read_whole(folder / "long", error, 99).has_value());
  EXPECT_NE(error.find("longer than 99"), std::string::npos) << error;
  EXPECT_TRUE(read_whole(folder / "long", error, 100).has_value());
  EXPECT_EQ(read_whole(folder / "pipe", error), "");
}

TEST(WhyNotWritable, AnswersAsTheWriteWould) {
  TestFolder folder;
  ASSERT_EQ(write_whole(folder / "file", ""), "");
  std::filesystem::create_symlink("/nonexistent/x", folder / "nowhere");
  EXPECT_EQ(why_not_writable(folder / "file"), "");
  EXPECT_EQ(why_not_writable(folder / "new"), "");
  EXPECT_EQ(why_not_writable("new"), "");
  EXPECT_EQ(why_not_writable(folder / "nowhere"), write_whole(folder / "nowhere", ""));
  EXPECT_NE(why_not_writable(folder / "nowhere"), "") << "the link itself is never replaced";
  EXPECT_EQ(why_not_writable(folder.path), write_whole(folder.path, ""));
  EXPECT_EQ(why_not_writable("/nonexistent/x"), write_whole("/nonexistent/x", ""));
  EXPECT_EQ(why_not_writable(folder / "file/x"), write_whole(folder / "file/x", ""));
}

// In a folder that is not one's own a pipe, a device and a file to add to are written all the same.
TEST(WhyNotWritable, WhatIsWrittenInPlaceNeedsNoFolder) {
  TestFolder folder;
  ASSERT_EQ(write_whole(folder / "file", ""), "");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0644), 0);
  for (const char* name : {"file", "pipe"}) ASSERT_EQ(::chmod((folder / name).c_str(), 0666), 0);
  ASSERT_EQ(::chmod(folder.path.c_str(), 0555), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0 && ::setresuid(kNobody, kNobody, kNobody) != 0) ::_exit(1);
    if (why_not_writable(folder / "file").empty()) ::_exit(2);
    if (!why_not_writable(folder / "file", Writing::appended).empty()) ::_exit(3);
    if (why_not_writable(folder / "new", Writing::appended).empty()) ::_exit(4);
    ::_exit(why_not_writable(folder / "pipe").empty() ? 0 : 5);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << WEXITSTATUS(status);
  ASSERT_EQ(::chmod(folder.path.c_str(), 0755), 0);
}

TEST(WriteWhole, ALinkStaysAndWhatItLeadsToIsReplaced) {
  TestFolder folder;
  ASSERT_EQ(write_whole(folder / "x", "old"), "");
  std::filesystem::create_symlink("x", folder / "link");
  ASSERT_EQ(write_whole(folder / "link", "new"), "");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  FileError error;
  EXPECT_EQ(read_whole(folder / "x", error).value_or(error), "new");
  std::filesystem::create_symlink("y", folder / "link to nothing yet");
  std::filesystem::create_symlink("link to nothing yet", folder / "link to a link");
  EXPECT_EQ(why_not_writable(folder / "link to a link"), "");
  ASSERT_EQ(write_whole(folder / "link to a link", "first"), "");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link to nothing yet"));
  EXPECT_EQ(read_whole(folder / "y", error).value_or(error), "first");
}

TEST(WriteWhole, ADeviceStaysOne) {
  EXPECT_EQ(write_whole("/dev/null", "x"), "");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  EXPECT_EQ(write_whole("/dev/full", "x"), "cannot write /dev/full: No space left on device");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

TEST(MakeFolder, AFileInTheWayIsAnError) {
  TestFolder folder;
  ASSERT_EQ(make_folder(folder / "a/b/c"), "");
  ASSERT_EQ(write_whole(folder / "file", ""), "");
  EXPECT_NE(make_folder(folder / "file"), "");
  EXPECT_NE(make_folder(folder / "file/x"), "");
  EXPECT_EQ(list_folder(folder / "a/b/c").size(), 0U) << "the probe stayed";
}

TEST(AppendWhole, AddsToTheEndAndSaysWhyItCannot) {
  TestFolder folder;
  EXPECT_EQ(append_whole(folder / "x", "one\n"), "");
  EXPECT_EQ(append_whole(folder / "x", "two\n"), "");
  FileError error;
  EXPECT_EQ(read_whole(folder / "x", error).value_or(error), "one\ntwo\n");
  EXPECT_EQ(append_whole("/dev/full", "x"), "cannot write /dev/full: No space left on device");
  EXPECT_EQ(append_whole(folder / "no/x", "x"),
            "cannot write " + (folder / "no/x") + ": No such file or directory");
}

}  // namespace
}  // namespace rw::engine
