#include "fuzz/engine/explore_pool.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <new>
#include <sstream>

#include "fuzz/engine/interrupt.h"
#include "fuzz/sync/check.h"

namespace rw::engine {
namespace {

bool write_all(int to, const void* bytes, std::size_t count) {
  const char* at = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t n = ::send(to, at, count, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    count -= static_cast<std::size_t>(n);
  }
  return true;
}

bool read_all(int from, void* bytes, std::size_t count) {
  char* at = static_cast<char*>(bytes);
  while (count > 0) {
    const ssize_t n = ::read(from, at, count);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    count -= static_cast<std::size_t>(n);
  }
  return true;
}

bool send_text(int to, const std::string& text) {
  const std::uint64_t size = text.size();
  return write_all(to, &size, sizeof(size)) && write_all(to, text.data(), text.size());
}

bool receive_text(int from, std::string& text) {
  std::uint64_t size = 0;
  if (!read_all(from, &size, sizeof(size))) return false;
  text.resize(size);
  return read_all(from, text.data(), size);
}

std::string print(const Exploration& part) {
  std::string text =
      fmt::format("{} {} {} {} {} {} {} {} {} {} {}\n", part.executions, part.repeated,
                  part.impossible, part.cut_off, part.steps, int(part.failed), int(part.complete),
                  int(part.held_back), int(part.limited), part.open, part.share_done);
  for (const std::string& search : part.rest) text += search;
  return text;
}

Exploration parse(const std::string& text) {
  Exploration part;
  std::istringstream in(text);
  in >> part.executions >> part.repeated >> part.impossible >> part.cut_off >> part.steps >>
      part.failed >> part.complete >> part.held_back >> part.limited >> part.open >>
      part.share_done;
  RW_CHECK(in, "a worker's answer is none");
  if (const std::size_t at = text.find('\n') + 1; at < text.size())
    part.rest.push_back(text.substr(at));
  return part;
}

}  // namespace

ExplorePool::ExplorePool(exec::Workload& workload, const ExploreOptions& options, unsigned workers,
                         std::function<pid_t()> fork)
    : workload_(workload),
      options_(options),
      fork_(fork ? std::move(fork) : [] { return ::fork(); }),
      workers_(workers) {}

ExplorePool::~ExplorePool() {
  for (unsigned w = 0; w < size(); ++w) kill(w);
}

unsigned ExplorePool::running() const {
  unsigned count = 0;
  for (const Worker& w : workers_) count += w.pid >= 0 ? 1 : 0;
  return count;
}

// errno, if it cannot be started. One descriptor is free afterwards, for the file of --state.
int ExplorePool::start(unsigned worker) {
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) return errno;
  void* memory =
      ::mmap(nullptr, sizeof(Slot), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  Slot* slot = memory == MAP_FAILED ? nullptr : new (memory) Slot{};
  const pid_t parent = ::getpid();
  const pid_t pid = slot == nullptr ? -1 : fork_();
  if (pid < 0) {
    const int error = errno;
    if (slot != nullptr) ::munmap(slot, sizeof(Slot));
    for (const int socket : sockets) ::close(socket);
    return error;
  }
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);
    ::close(sockets[0]);
    for (const Worker& other : workers_)
      if (other.socket >= 0) ::close(other.socket);
    work(sockets[1], *slot);
  }
  ::close(sockets[1]);
  workers_[worker] = {pid, sockets[0], slot, false};
  return 0;
}

// What a worker does all its life.
void ExplorePool::work(int socket, Slot& slot) {
  ExploreOptions options = options_;
  options.save_now = nullptr;
  options.stop = [&slot] { return slot.stop.load(std::memory_order_relaxed) || interrupted(); };
  options.progress = [&slot](const Exploration& part) {
    slot.executions.store(part.executions, std::memory_order_relaxed);
    slot.repeated.store(part.repeated, std::memory_order_relaxed);
    slot.impossible.store(part.impossible, std::memory_order_relaxed);
    slot.open.store(part.open, std::memory_order_relaxed);
    slot.share_done.store(part.share_done, std::memory_order_relaxed);
  };
  while (receive_text(socket, options.from)) {
    const Exploration part =
        explore(workload_, options, [](const exec::Result& result) { return !result.failure; });
    if (!send_text(socket, print(part))) break;
  }
  ::_exit(0);
}

int ExplorePool::give(unsigned worker, const std::string& search) {
  if (!runs(worker))
    if (const int error = start(worker); error != 0) return error;
  workers_[worker].busy = true;
  send_text(workers_[worker].socket, search);  // if it has died, answer() says so
  return 0;
}

std::vector<unsigned> ExplorePool::ready(int milliseconds) {
  std::vector<pollfd> all;
  std::vector<unsigned> whose, found;
  for (unsigned w = 0; w < size(); ++w) {
    if (!workers_[w].busy) continue;
    all.push_back({workers_[w].socket, POLLIN, 0});
    whose.push_back(w);
  }
  if (::poll(all.data(), all.size(), milliseconds) <= 0) return found;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].revents != 0) found.push_back(whose[i]);
  return found;
}

std::optional<Exploration> ExplorePool::answer(unsigned worker, int& status) {
  std::string text;
  const bool whole = receive_text(workers_[worker].socket, text);
  Slot& slot = *workers_[worker].slot;
  slot.executions = slot.repeated = slot.impossible = slot.open = 0;
  slot.share_done = 0;
  slot.stop = false;
  if (!whole) {
    status = end(worker, false);
    return std::nullopt;
  }
  workers_[worker].busy = false;
  return parse(text);
}

// Its wait status.
int ExplorePool::end(unsigned worker, bool by_force) {
  Worker& w = workers_[worker];
  if (by_force) ::kill(w.pid, SIGKILL);
  int status = 0;
  while (::waitpid(w.pid, &status, 0) < 0 && errno == EINTR) {
  }
  ::close(w.socket);
  ::munmap(w.slot, sizeof(Slot));
  w = Worker{};
  return status;
}

void ExplorePool::kill(unsigned worker) {
  if (runs(worker)) end(worker, true);
}

void ExplorePool::ask_back(unsigned worker) {
  if (workers_[worker].busy) workers_[worker].slot->stop = true;
}

Exploration ExplorePool::under_way() const {
  Exploration all;
  for (const Worker& w : workers_) {
    if (!w.busy) continue;
    all.executions += w.slot->executions;
    all.repeated += w.slot->repeated;
    all.impossible += w.slot->impossible;
    if (const std::uint64_t open = w.slot->open; open > 0) all.open += open - 1;
    all.share_done += w.slot->share_done;
  }
  return all;
}

}  // namespace rw::engine
