#include "fuzz/engine/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include "fuzz/engine/clock.h"

namespace rw::engine {
namespace {

constexpr int kCannotExecute = 127;  // as shells say it

// In the child, between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(char* const* arguments, int log, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(kCannotExecute);  // the parent died before the prctl
  // Where this program was started without a standard stream, the log may have its number.
  log = ::fcntl(log, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (const int nothing = ::open("/dev/null", O_RDONLY); nothing >= 0)
    ::dup2(nothing, STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execv(arguments[0], arguments);
  ::_exit(kCannotExecute);
}

}  // namespace

double WorkerProcess::starved() const {
  double most = 0;
  std::error_code ignored;
  const std::filesystem::path threads = fmt::format("/proc/{}/task", pid_);
  for (const auto& thread : std::filesystem::directory_iterator(threads, ignored)) {
    // Nanoseconds on a core, nanoseconds ready without one, number of turns.
    std::ifstream schedstat(thread.path() / "schedstat");
    double ran = 0;
    double ready = 0;
    if (schedstat >> ran >> ready) most = std::max(most, ready / 1e9);
  }
  return most;
}

std::optional<WorkerProcess> WorkerProcess::start(const std::vector<std::string>& arguments,
                                                  const std::string& log, FileError& error) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);

  const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) {
    error = fmt::format("cannot write {}: {}", log, std::strerror(errno));
    return std::nullopt;
  }
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(argv.data(), fd, parent);
  const int failed = errno;
  ::close(fd);
  if (pid < 0) {
    error = fmt::format("cannot start {}: {}", arguments[0], std::strerror(failed));
    return std::nullopt;
  }
  return WorkerProcess(pid);
}

WorkerProcess::WorkerProcess(WorkerProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)) {}

WorkerProcess& WorkerProcess::operator=(WorkerProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  return *this;
}

WorkerProcess::~WorkerProcess() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::optional<int> WorkerProcess::poll() {
  int status = 0;
  if (pid_ < 0 || ::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  pid_ = -1;
  return status;
}

std::optional<int> WorkerProcess::wait(double seconds) {
  const double deadline = now() + seconds;
  for (;;) {
    std::optional<int> status = poll();
    if (status || now() >= deadline) return status;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void WorkerProcess::signal(int number) const {
  if (pid_ >= 0) ::kill(pid_, number);
}

unsigned cores() {
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace rw::engine
