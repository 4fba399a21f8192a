#include "fuzz/engine/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace rw::engine {
namespace {

namespace fs = std::filesystem;

FileError failed(const char* what, const std::string& path, int error) {
  return fmt::format("cannot {} {}: {}", what, path, std::strerror(error));
}

// After a read or write that failed: whether to try again. Waits for a pipe that is full or empty:
// pipes are opened without waiting for who is at the other end.
bool try_again(int fd, short for_what) {
  if (errno == EINTR) return true;
  pollfd pipe{fd, for_what, 0};
  return errno == EAGAIN && (::poll(&pipe, 1, -1) >= 0 || errno == EINTR);
}

// Returns 0 or an errno.
int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0) {
      if (try_again(fd, POLLOUT)) continue;
      return errno;
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return 0;
}

// The rename is on the disk only when the folder is.
void flush_folder(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

// Unlike any other writer's, in this process or another; ends in .tmp, so readers know to skip it.
struct Temporary {
  std::string name;
  int fd = -1;  // -1: errno says why
};
Temporary make_temporary(const std::string& path) {
  static std::atomic<unsigned> count{0};
  // A process that was killed may have had this one's number, and left a file.
  constexpr int kTries = 1000;
  Temporary t;
  for (int i = 0; i < kTries; ++i) {
    t.name = fmt::format("{}.{}.{}.tmp", path, ::getpid(), count.fetch_add(1));
    t.fd = ::open(t.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (t.fd >= 0 || errno != EEXIST) break;
  }
  return t;
}

// Where writing to `path` leads, as open(2) follows links: the last may lead to what is not there.
fs::path followed(fs::path path) {
  constexpr int kMostLinks = 40;  // as Linux; a circle ends somewhere on it
  std::error_code ignored;
  for (int i = 0; i < kMostLinks && fs::is_symlink(path, ignored); ++i)
    path = path.parent_path() / fs::read_symlink(path, ignored);
  return path;
}

// Which of this program's own outputs `path` leads to, as /dev/stdout does; -1: neither.
int own_output(const std::string& path) {
  struct stat file{}, output{};
  std::error_code ignored;
  if (!fs::is_symlink(path, ignored) || ::stat(path.c_str(), &file) != 0) return -1;
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO})
    if (::fstat(fd, &output) == 0 && output.st_dev == file.st_dev && output.st_ino == file.st_ino)
      return fd;
  return -1;
}

// Among what else goes there. It may be a file, which is not to be replaced.
FileError write_to_own_output(int fd, const std::string& path, std::string_view bytes) {
  int error = std::fflush(stdout) != 0 ? errno : 0;
  if (error == 0) error = write_all(fd, bytes);
  return error == 0 ? FileError{} : failed("write", path, error);
}

}  // namespace

FileError write_whole(const std::string& path, std::string_view bytes, OnDisk when) {
  std::error_code ignored;
  if (const int fd = own_output(path); fd >= 0) return write_to_own_output(fd, path, bytes);
  if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored))
    return append_whole(path, bytes);
  const std::string written = followed(path).string();
  const auto [temporary, fd] = make_temporary(written);
  if (fd < 0) return failed("write", path, errno);
  int error = write_all(fd, bytes);
  if (error == 0 && when == OnDisk::now && ::fsync(fd) != 0 && errno != EINVAL) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(temporary.c_str(), written.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    return failed("write", path, error);
  }
  if (when == OnDisk::now) flush_folder(written);
  return {};
}

FileError why_not_writable(const std::string& path, Writing how) {
  if (own_output(path) >= 0) return {};
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::is_directory(status)) return failed("write", path, EISDIR);
  const bool in_place =
      fs::exists(status) && (how == Writing::appended || !fs::is_regular_file(status));
  fs::path written = path;
  if (!in_place) written = followed(path).parent_path() / ".";  // which only a folder has
  return ::access(written.c_str(), W_OK) == 0 ? FileError{} : failed("write", path, errno);
}

FileError append_whole(const std::string& path, std::string_view bytes) {
  if (const int own = own_output(path); own >= 0) return write_to_own_output(own, path, bytes);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0644);
  if (fd < 0) return failed("write", path, errno);
  struct stat before{};
  int error = ::fstat(fd, &before) != 0 ? errno : 0;
  if (error == 0) error = write_all(fd, bytes);
  if (error == 0 && ::fsync(fd) != 0 && errno != EINVAL) error = errno;
  if (error != 0 && S_ISREG(before.st_mode)) (void)!::ftruncate(fd, before.st_size);
  if (::close(fd) != 0 && error == 0) error = errno;
  return error == 0 ? FileError{} : failed("write", path, error);
}

std::optional<std::string> read_whole(const std::string& path, FileError& error,
                                      std::size_t limit) {
  // O_NONBLOCK: opening a FIFO that nobody writes must not hang.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    error = failed("read", path, errno);
    return std::nullopt;
  }
  struct stat status{};
  std::optional<std::string> result;
  if (::fstat(fd, &status) != 0) {
    error = failed("read", path, errno);
  } else if (S_ISDIR(status.st_mode)) {
    error = failed("read", path, EISDIR);
  } else {
    std::string bytes;
    char buffer[65536];
    ssize_t n = 0;
    while (bytes.size() <= limit &&
           ((n = ::read(fd, buffer, sizeof buffer)) > 0 || (n < 0 && try_again(fd, POLLIN))))
      if (n > 0) bytes.append(buffer, static_cast<std::size_t>(n));
    if (n < 0)
      error = failed("read", path, errno);
    else if (bytes.size() > limit)
      error = fmt::format("cannot read {}: it is longer than {} bytes", path, limit);
    else
      result = std::move(bytes);
  }
  ::close(fd);
  return result;
}

FileError make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return fmt::format("cannot make folder {}: {}", path, error.message());
  const auto [probe, fd] = make_temporary(path + "/probe");
  if (fd < 0) return failed("write in folder", path, errno);
  ::close(fd);
  ::unlink(probe.c_str());
  return {};
}

std::vector<std::string> list_folder(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored)) names.push_back(it->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string own_program() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).string();
}

std::string own_folder() {
  return fs::path(own_program()).parent_path().string();
}

}  // namespace rw::engine
