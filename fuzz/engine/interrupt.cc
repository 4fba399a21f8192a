#include "fuzz/engine/interrupt.h"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <ctime>
#include <initializer_list>

#include "fuzz/engine/exit_status.h"
#include "fuzz/sync/check.h"

namespace rw::engine {
namespace {

// timeout(1) signals its child and the child's group: both are one wish.
constexpr std::int64_t kSecond = 1'000'000'000;  // nanoseconds
constexpr std::int64_t kOneWish = kSecond / 5;

// Handlers run at any instruction, in the middle of a sanitizer's runtime too: they use nothing
// that one instruments or intercepts.
#define RW_IN_A_HANDLER [[clang::disable_sanitizer_instrumentation]]

int g_interrupted = 0;
std::int64_t g_interrupted_at = 0;  // nanoseconds; 0: not yet

RW_IN_A_HANDLER std::int64_t now_in_a_handler() {
  timespec t;
  ::syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
  return t.tv_sec * kSecond + t.tv_nsec;
}

RW_IN_A_HANDLER void on_first_signal(int) {
  __atomic_store_n(&g_interrupted, 1, __ATOMIC_RELAXED);
}

RW_IN_A_HANDLER void on_signal(int) {
  const std::int64_t now = now_in_a_handler();
  std::int64_t first = 0;
  const bool is_first = __atomic_compare_exchange_n(&g_interrupted_at, &first, now, false,
                                                    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  if (!is_first && now - first > kOneWish) ::syscall(SYS_exit_group, kExitInterrupted);
  __atomic_store_n(&g_interrupted, 1, __ATOMIC_RELAXED);
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  ::sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction_at_once(signal, &action, nullptr);
}

bool is_ignored(int signal) {
  struct sigaction now{};
  return sigaction_at_once(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace

int sigaction_at_once(int signal, const struct sigaction* action, struct sigaction* before) {
  using Sigaction = int (*)(int, const struct sigaction*, struct sigaction*);
  static const auto of_libc = reinterpret_cast<Sigaction>(::dlsym(RTLD_NEXT, "sigaction"));
  RW_CHECK(of_libc != nullptr, "the C library has no sigaction");
  return of_libc(signal, action, before);
}

void catch_interrupts() {
  for (const int signal : {SIGINT, SIGTERM}) handle(signal, on_signal);
  if (!is_ignored(SIGHUP)) handle(SIGHUP, on_signal);
}

bool interrupted() {
  return __atomic_load_n(&g_interrupted, __ATOMIC_RELAXED) != 0;
}

void catch_only_sigterm() {
  leave_interrupts_to_parent();
  handle(SIGTERM, on_first_signal);
}

void leave_interrupts_to_parent() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) handle(signal, SIG_IGN);
}

}  // namespace rw::engine
