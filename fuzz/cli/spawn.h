// For tests of the command: the built racewalk, run as a process without a shell, and what such
// tests have in common.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "fuzz/engine/clock.h"
#include "fuzz/engine/files.h"
#include "fuzz/engine/test_folder.h"
#include "fuzz/verdict/sanitizer.h"

namespace rw::cli {

// RACEWALK_BINARY if CMake gives it, else beside the test: build/<preset>/x_test and build/bin.
inline std::string racewalk_binary() {
#ifdef RACEWALK_BINARY
  return RACEWALK_BINARY;
#else
  std::string suffix;
  if (verdict::built_with(verdict::Sanitizer::thread)) suffix = "-tsan";
  if (verdict::built_with(verdict::Sanitizer::address)) suffix = "-asan";
  for (const char* bin : {"/../bin/racewalk", "/bin/racewalk"})
    if (std::filesystem::exists(engine::own_folder() + bin + suffix))
      return std::filesystem::canonical(engine::own_folder() + bin + suffix).string();
  return {};
#endif
}

struct Outcome {
  int status = -1;     // exit status; 128 + signal if one killed it; -1: it does not end
  std::string output;  // both streams
};

// A racewalk, or another program, that runs; killed with the object.
class Spawned {
 public:
  // `file_limit`: RLIMIT_FSIZE in bytes; 0: none.
  explicit Spawned(const std::vector<std::string>& arguments, std::size_t file_limit = 0,
                   const std::string& program = racewalk_binary())
      : log_(std::filesystem::temp_directory_path() / "racewalk-spawn-XXXXXX") {
    const int log = ::mkstemp(log_.data());
    if (log < 0) throw std::system_error(errno, std::generic_category(), log_);
    std::vector<std::string> all = {program};
    all.insert(all.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& argument : all) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(log, STDOUT_FILENO);
      ::dup2(log, STDERR_FILENO);
      if (file_limit != 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{file_limit, file_limit};
        ::setrlimit(RLIMIT_FSIZE, &limit);
      }
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(log);
  }
  ~Spawned() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::unlink(log_.c_str());
  }
  Spawned(const Spawned&) = delete;
  Spawned& operator=(const Spawned&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number) const { ::kill(pid_, number); }

  // For as long as ctest lets a test run, nearly: what takes a second may take minutes elsewhere.
  Outcome wait() {
    constexpr double kSeconds = 550;
    Outcome outcome;
    const double deadline = engine::now() + kSeconds;
    int status = 0;
    pid_t ended = 0;
    while ((ended = ::waitpid(pid_, &status, WNOHANG)) == 0 && engine::now() < deadline)
      ::usleep(5000);
    outcome.output = said();
    if (ended == 0) return outcome;  // the destructor kills it
    pid_ = -1;
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return outcome;
  }

  std::string said() const {
    engine::FileError ignored;
    return engine::read_whole(log_, ignored).value_or("");
  }

 private:
  std::string log_;
  pid_t pid_ = -1;
};

// Waits until `true_at_last` is, for at most five minutes.
template <typename Condition>
bool eventually(Condition true_at_last) {
  for (const double deadline = engine::now() + 300; engine::now() < deadline; ::usleep(10'000))
    if (true_at_last()) return true;
  return false;
}

inline Outcome racewalk(const std::vector<std::string>& arguments) {
  return Spawned(arguments).wait();
}

inline testing::AssertionResult says(const std::string& text, std::string_view words) {
  if (text.find(words) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "'" << words << "' is not in:\n" << text;
}
inline testing::AssertionResult says(const Outcome& outcome, std::string_view words) {
  return says(outcome.output, words);
}
// Of an Outcome or a string.
#define EXPECT_SAYS(text, words) EXPECT_TRUE(says(text, words))

// A failure: two tasks lose one of two increments.
inline const std::string kLostUpdate =
    std::string(RACEWALK_SOURCE_DIR) + "/repro/puzzles/lost_update.race";

// Ends its process: a pointer is checked, cleared by the other task, and followed. `more`: lines
// such as "expect: crash\n".
inline std::string null_dereference(const std::string& more) {
  return "# racewalk 1\ntarget: puzzles\ndesign: puzzle=null_dereference twin=planted\n" + more +
         "T0:\n  role0\nT1:\n  role1\nschedule:\n  T0 until follow#2\n  T1 until end\n"
         "  T0 until end\n";
}

// The stored program "mm/8-page-lock-only", say.
inline std::string repro(const std::string& name) {
  return std::string(RACEWALK_SOURCE_DIR) + "/repro/" + name + ".race";
}

// The file's contents, or why it could not be read.
inline std::string contents(const std::string& path) {
  engine::FileError error;
  return engine::read_whole(path, error).value_or(error);
}

// The path of x.race in `folder`, which is made of `text`.
inline std::string file_with(const engine::TestFolder& folder, const std::string& text) {
  std::string path = folder / "x.race";
  EXPECT_EQ(engine::write_whole(path, text), "");
  return path;
}

// A program that takes an rr's place: `cases` are of a shell's case on all its arguments.
inline std::string rr_script(const engine::TestFolder& folder, const std::string& cases) {
  std::string path = folder / "rr";
  const std::string script =
      "#!/bin/sh\ncase \"$*\" in\n*--version) echo rr version 0 ;;\n" + cases + "\nesac\n";
  EXPECT_EQ(engine::write_whole(path, script), "");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

// One that works for the probe, and never ends when a failure is recorded.
inline std::string endless_rr(const engine::TestFolder& folder) {
  return rr_script(folder,
                   "*program.race) exec sleep 1000 ;;\n"
                   "record*) mkdir \"$3\"; shift 3; exec \"$@\" ;;\n"
                   "replay*) " +
                       racewalk_binary() + " inferior --two-threads ;;");
}

// A process's children, from /proc.
inline std::vector<pid_t> children_of(pid_t parent) {
  const std::string p = std::to_string(parent);
  std::ifstream in("/proc/" + p + "/task/" + p + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; in >> child;) children.push_back(child);
  return children;
}

}  // namespace rw::cli
