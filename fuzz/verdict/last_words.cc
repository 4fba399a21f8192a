#include "fuzz/verdict/last_words.h"

#include <unistd.h>

#include <csignal>

#include "fuzz/sync/check.h"
#include "fuzz/verdict/sanitizer.h"

namespace rw::verdict {

namespace {

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

std::string g_text[NSIG];
std::optional<int> g_status;
alignas(16) char g_stack[64 * 1024];

void say(int signal) {
  const std::string& text = g_text[signal];
  (void)!::write(STDERR_FILENO, text.data(), text.size());
  if (g_status) ::_exit(*g_status);
  // SA_RESETHAND has brought the signal's own end back, which comes when this returns.
  ::raise(signal);
}

}  // namespace

void set_last_words(const std::function<std::string(int)>& text, std::optional<int> status) {
  if (built_with(Sanitizer::address) || built_with(Sanitizer::thread)) return;
  g_status = status;
  const stack_t stack{.ss_sp = g_stack, .ss_flags = 0, .ss_size = sizeof g_stack};
  RW_CHECK(::sigaltstack(&stack, nullptr) == 0, "no stack for signals");
  for (const int signal : kSignals) {
    g_text[signal] = text(signal);
    struct sigaction action = {};
    action.sa_handler = say;
    action.sa_flags = SA_ONSTACK | static_cast<int>(SA_RESETHAND);
    ::sigaction(signal, &action, nullptr);
  }
}

}  // namespace rw::verdict
