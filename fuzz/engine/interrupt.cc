#include "fuzz/engine/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <ctime>

#include "fuzz/engine/exit_status.h"

namespace rw::engine {
namespace {

// timeout(1) signals its child and the child's group: both are one wish.
constexpr double kOneWish = 0.2;  // seconds

std::atomic<bool> g_interrupted{false};
std::atomic<double> g_interrupted_at{0};  // 0: not yet

double now_in_a_handler() {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

void on_first_signal(int) {
  g_interrupted.store(true);
}

void on_signal(int) {
  const double now = now_in_a_handler();
  double first = 0;
  const bool is_first = g_interrupted_at.compare_exchange_strong(first, now);
  if (!is_first && now - first > kOneWish) ::_exit(kExitInterrupted);
  g_interrupted.store(true);
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
