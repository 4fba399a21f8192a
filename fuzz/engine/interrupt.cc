#include "fuzz/engine/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "fuzz/engine/exit_status.h"

namespace rw::engine {
namespace {

std::atomic<bool> g_interrupted{false};

void on_first_signal(int) {
  g_interrupted.store(true);
}

void on_signal(int) {
  if (g_interrupted.exchange(true)) ::_exit(kExitInterrupted);
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  ::sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

bool is_ignored(int signal) {
  struct sigaction now{};
  return ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace

void catch_interrupts() {
  for (const int signal : {SIGINT, SIGTERM}) handle(signal, on_signal);
  if (!is_ignored(SIGHUP)) handle(SIGHUP, on_signal);
}

bool interrupted() {
  return g_interrupted.load(std::memory_order_relaxed);
}

void catch_only_sigterm() {
  leave_interrupts_to_parent();
  handle(SIGTERM, on_first_signal);
}

void leave_interrupts_to_parent() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) handle(signal, SIG_IGN);
}

}  // namespace rw::engine
