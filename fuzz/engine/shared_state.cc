#include "fuzz/engine/shared_state.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "fuzz/sync/check.h"

namespace rw::engine {

struct SharedState::Layout {
  struct Slot {
    std::uint32_t size;
    char bytes[kMaxInput];
    program::RunRecord run;
  };
  SharedCounters counters;
  std::atomic<std::uint32_t> current;  // 0: no input yet; else the slot in use, plus 1
  Slot slots[2];
  exec::ThreadLog thread_log;
  char error[512];
};

std::unique_ptr<SharedState> SharedState::create(const std::string& path, FileError& error) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) {
    error = fmt::format("cannot write {}: {}", path, std::strerror(errno));
    return nullptr;
  }
  if (const int failed = ::posix_fallocate(fd, 0, sizeof(Layout)); failed != 0) {
    error = fmt::format("cannot write {}: {}", path, std::strerror(failed));
    ::close(fd);
    ::unlink(path.c_str());
    return nullptr;
  }
  return map(fd, path, error);
}

std::unique_ptr<SharedState> SharedState::open(const std::string& path, FileError& error) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  struct stat status{};
  if (fd < 0 || ::fstat(fd, &status) != 0) {
    error = fmt::format("cannot open {}: {}", path, std::strerror(errno));
    if (fd >= 0) ::close(fd);
    return nullptr;
  }
  if (status.st_size != static_cast<off_t>(sizeof(Layout))) {
    error = fmt::format("{} is no worker's state file of this version", path);
    ::close(fd);
    return nullptr;
  }
  return map(fd, path, error);
}

std::unique_ptr<SharedState> SharedState::map(int fd, const std::string& path, FileError& error) {
  void* memory = ::mmap(nullptr, sizeof(Layout), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (memory == MAP_FAILED) {
    error = fmt::format("cannot map {}: {}", path, std::strerror(errno));
    return nullptr;
  }
  // A fresh file is all zeros, which is the layout's initial state.
  return std::unique_ptr<SharedState>(new SharedState(static_cast<Layout*>(memory)));
}

SharedState::~SharedState() {
  ::munmap(layout_, sizeof(Layout));
}

SharedCounters& SharedState::counters() {
  return layout_->counters;
}

void SharedState::set_current_input(std::string_view input) {
  if (input.size() > kMaxInput) input = {};
  const std::uint32_t slot = layout_->current.load(std::memory_order_relaxed) == 1 ? 1 : 0;
  layout_->slots[slot].size = static_cast<std::uint32_t>(input.size());
  std::memcpy(layout_->slots[slot].bytes, input.data(), input.size());
  layout_->slots[slot].run.clear();
  layout_->current.store(slot + 1, std::memory_order_release);
}

std::optional<std::string> SharedState::current_input() const {
  const std::uint32_t current = layout_->current.load(std::memory_order_acquire);
  if (current != 1 && current != 2) return std::nullopt;
  const Layout::Slot& slot = layout_->slots[current - 1];
  if (slot.size > kMaxInput) return std::nullopt;
  return std::string(slot.bytes, slot.size);
}

exec::ThreadLog& SharedState::thread_log() {
  return layout_->thread_log;
}

void SharedState::set_error(std::string_view why) {
  const std::size_t size = why.copy(layout_->error, sizeof layout_->error - 1);
  layout_->error[size] = '\0';
}

std::string SharedState::error() const {
  return {layout_->error, ::strnlen(layout_->error, sizeof layout_->error)};
}

program::RunRecord& SharedState::run_record() {
  const std::uint32_t current = layout_->current.load(std::memory_order_acquire);
  RW_CHECK(current == 1 || current == 2, "no input has been put on record");
  return layout_->slots[current - 1].run;
}

}  // namespace rw::engine
