// For tests: the built racewalk, run as a process without a shell.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "fuzz/engine/clock.h"
#include "fuzz/engine/files.h"
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
  int status = -1;     // exit status; 128 + signal if one killed it
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

  Outcome wait(double seconds = 120) {
    Outcome outcome;
    const double deadline = engine::now() + seconds;
    int status = 0;
    while (::waitpid(pid_, &status, WNOHANG) == 0) {
      if (engine::now() > deadline) return outcome;  // the destructor kills it
      ::usleep(5000);
    }
    pid_ = -1;
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    outcome.output = said();
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

inline Outcome racewalk(const std::vector<std::string>& arguments) {
  return Spawned(arguments).wait();
}

}  // namespace rw::cli
