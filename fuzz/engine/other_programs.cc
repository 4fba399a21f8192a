#include "fuzz/engine/other_programs.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "fuzz/engine/clock.h"
#include "fuzz/engine/files.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/engine/worker_process.h"

namespace rw::engine {
namespace {

constexpr double kGrace = 5;   // seconds from SIGTERM to SIGKILL
constexpr double kLook = 0.1;  // seconds between questions of stop()

std::string log_name() {
  static unsigned count = 0;
  return fmt::format("{}/racewalk-program-{}-{}.log",
                     std::filesystem::temp_directory_path().string(), ::getpid(), count++);
}

}  // namespace

std::string find_program(const std::vector<std::string>& names) {
  const char* path = std::getenv("PATH");
  const std::string rest = path == nullptr ? "/usr/bin:/bin" : path;
  for (const std::string& name : names)
    if (name.find('/') != std::string::npos && ::access(name.c_str(), X_OK) == 0) return name;
  for (std::size_t at = 0; at <= rest.size();) {
    const std::size_t end = std::min(rest.find(':', at), rest.size());
    for (const std::string& name : names) {
      std::string candidate = rest.substr(at, end - at) + "/" + name;
      if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    at = end + 1;
  }
  return {};
}

Ran run_program(const std::vector<std::string>& arguments, double seconds,
                const std::function<bool()>& stop) {
  Ran ran;
  const std::string log = log_name();
  auto process = WorkerProcess::start(arguments, log, ran.output);
  if (!process) return ran;
  std::optional<int> status;
  // In looks: a machine that stood still in between has taken one of them.
  for (double left = seconds; !status && !ran.stopped && left > 0; left -= kLook) {
    status = process->wait(std::min(kLook, left));
    ran.stopped = !status && stop && stop();
  }
  if (!status) {
    ran.timed_out = !ran.stopped;
    process->signal(SIGTERM);
    status = process->wait(kGrace);
  }
  if (status && WIFEXITED(*status)) ran.status = WEXITSTATUS(*status);
  FileError ignored;
  ran.output = read_whole(log, ignored).value_or("");
  ::unlink(log.c_str());
  return ran;
}

int run_in_terminal(const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  struct sigaction ignore{};
  struct sigaction before{};
  ignore.sa_handler = SIG_IGN;
  sigaction_at_once(SIGINT, &ignore, &before);
  const pid_t pid = ::fork();
  if (pid == 0) {
    sigaction_at_once(SIGINT, &before, nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 127 << 8;
  while (pid > 0 && ::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  sigaction_at_once(SIGINT, &before, nullptr);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string shell_line(const std::vector<std::string>& arguments) {
  std::string line;
  for (const std::string& argument : arguments) {
    const bool plain =
        !argument.empty() && argument.find_first_not_of(
                                 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789_-+=./,:@%") == std::string::npos;
    if (!line.empty()) line += ' ';
    if (plain) {
      line += argument;
      continue;
    }
    line += '\'';
    for (const char c : argument) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

}  // namespace rw::engine
