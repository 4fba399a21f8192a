#include "fuzz/engine/on_threads.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <thread>

#include "fuzz/engine/clock.h"
#include "fuzz/engine/death.h"
#include "fuzz/engine/dying.h"
#include "fuzz/engine/exit_status.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/engine/run.h"
#include "fuzz/engine/symbolize.h"
#include "fuzz/exec/fiber.h"
#include "fuzz/program/prng.h"
#include "fuzz/sync/check.h"
#include "fuzz/verdict/key.h"
#include "fuzz/verdict/last_words.h"

namespace rw::engine {
namespace {

constexpr std::chrono::seconds kHang{20};  // without an execution that ends

// Of both processes; all zeros at the beginning.
struct Shared {
  exec::ThreadLog log;
  std::atomic<std::uint64_t> executions;
  char kind[64], key[128], message[1024];  // of a failure the child survived
};

template <std::size_t kSize>
void put(char (&to)[kSize], const std::string& text) {
  std::strncpy(to, text.c_str(), kSize - 1);
}

// The child: never returns.
[[noreturn]] void run_for_ever(const program::Program& p, const OnThreadsLimits& limits,
                               Shared& shared) {
  program::Prng prng(limits.seed);
  for (std::uint64_t n = 1; limits.executions == 0 || n <= limits.executions; ++n) {
    const exec::Result result =
        run(with_delays(p, prng.next()), {.mode = exec::Mode::threads, .thread_log = &shared.log});
    shared.executions.store(n, std::memory_order_relaxed);
    if (!result.failure) continue;
    put(shared.kind, result.failure->kind);
    put(shared.message, result.failure->message);
    put(shared.key, verdict::key_of(*result.failure));
    break;
  }
  ::_exit(kExitNothing);
}

// Waits for the child's end. Empty: it was ended by a limit or by stop().
std::optional<int> wait_for(pid_t child, const OnThreadsLimits& limits, const Shared& shared,
                            bool& hung) {
  const double began = now();
  std::chrono::milliseconds silent{0};  // in looks: a machine that stood still has taken one
  std::uint64_t seen = 0;
  for (;;) {
    int status = 0;
    if (::waitpid(child, &status, WNOHANG) == child) return status;
    const std::chrono::milliseconds look(seen == 0 ? 1 : 50);
    std::this_thread::sleep_for(look);
    silent += look;
    const std::uint64_t executions = shared.executions.load(std::memory_order_relaxed);
    if (executions != seen) silent = {};
    seen = executions;
    if (limits.progress) limits.progress(executions);
    hung = silent > kHang;
    const bool late = limits.seconds > 0 && now() - began > limits.seconds;
    if (!hung && !late && !(limits.stop && limits.stop())) continue;
    ::kill(child, SIGKILL);
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return hung ? std::optional<int>(status) : std::nullopt;
  }
}

void take_death(OnThreads& met, const Death& death) {
  const std::optional<exec::Failure> failure = failure_of(death);
  if (!failure) return;
  met.failed = true;
  met.kind = failure->kind;
  met.key = verdict::key_of(*failure);
  met.message = failure->message;
  met.wanted = same_death(death);
}

}  // namespace

program::Program with_delays(program::Program p, std::uint64_t seed) {
  p.schedule = {};
  p.schedule.seed = seed;
  return p;
}

OnThreads run_on_threads(const program::Program& p, const OnThreadsLimits& limits) {
  RW_CHECK(exec::fiber_survives_fork(), "TSan does not work in the children of this process");
  void* at =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  RW_CHECK(at != MAP_FAILED, "no memory to share with a child");
  Shared& shared = *static_cast<Shared*>(at);
  const int output = ::memfd_create("racewalk-threads", MFD_CLOEXEC);
  RW_CHECK(output >= 0, "no file for a child to write to");
  const double began = now();
  const pid_t child = ::fork();
  RW_CHECK(child >= 0, "no child process could be started");
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    leave_interrupts_to_parent();
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    verdict::set_stack_as_last_words();
    run_for_ever(p, limits, shared);
  }
  OnThreads met;
  bool hung = false;
  const std::optional<int> status = wait_for(child, limits, shared, hung);
  met.seconds = now() - began;
  met.report = symbolized(report_in(output));
  met.executions = shared.executions.load();
  if (shared.key[0] != '\0') {
    met.failed = true;
    met.kind = shared.kind;
    met.key = shared.key;
    met.message = shared.message;
    met.wanted = same_key(met.key);
  } else if (status && (*status != 0 || hung)) {
    ++met.executions;
    take_death(met, classify(*status, met.report, hung));
  }
  met.log = std::make_unique<exec::ThreadLog>(shared.log);
  ::close(output);
  ::munmap(at, sizeof(Shared));
  return met;
}

}  // namespace rw::engine
