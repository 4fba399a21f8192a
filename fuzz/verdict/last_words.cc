#include "fuzz/verdict/last_words.h"

#include <execinfo.h>
#include <link.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstring>

#include "fuzz/sync/check.h"
#include "fuzz/verdict/sanitizer.h"

namespace rw::verdict {

namespace {

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr int kFrames = 64;

std::string g_text[NSIG];
std::optional<int> g_status;
alignas(16) char g_stack[64 * 1024];

// The program itself, without libraries: where it is loaded, and the part behind a frame's address.
struct Program {
  std::uintptr_t bias = 0, begin = 0, end = 0;
  std::array<char, PATH_MAX> path = {};
};
Program g_program;

int take_program(dl_phdr_info* info, std::size_t, void*) {
  g_program.bias = info->dlpi_addr;
  g_program.begin = UINTPTR_MAX;
  for (unsigned i = 0; i < info->dlpi_phnum; i++) {
    if (info->dlpi_phdr[i].p_type != PT_LOAD) continue;
    const std::uintptr_t at = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
    g_program.begin = std::min(g_program.begin, at);
    g_program.end = std::max(g_program.end, at + info->dlpi_phdr[i].p_memsz);
  }
  return 1;  // the program comes first
}

void write_text(const char* text) {
  (void)!::write(STDERR_FILENO, text, std::strlen(text));
}

void write_number(std::uintptr_t number, unsigned base) {
  char digits[32];
  char* at = std::end(digits);
  *--at = '\0';
  do {
    *--at = "0123456789abcdef"[number % base];
    number /= base;
  } while (number != 0);
  write_text(at);
}

void write_frame(unsigned number, std::uintptr_t offset) {
  write_text("    #");
  write_number(number, 10);
  write_text(" 0x");
  write_number(offset, 16);
  write_text(" (");
  write_text(g_program.path.data());
  write_text("+0x");
  write_number(offset, 16);
  write_text(")\n");
}

// In a signal handler. backtrace() allocates at its first call only, which is in
// set_stack_as_last_words().
void write_stack(const ucontext_t& context) {
  const auto failing = static_cast<std::uintptr_t>(context.uc_mcontext.gregs[REG_RIP]);
  void* frames[kFrames];
  const int count = ::backtrace(frames, kFrames);
  int at = 0;
  while (at < count && reinterpret_cast<std::uintptr_t>(frames[at]) != failing) at++;
  unsigned number = 0;
  for (int i = at; i < std::max(count, at + 1); i++) {
    // Of a caller the frame is the instruction behind the call, which may be of another line.
    const std::uintptr_t pc = i == at ? failing : reinterpret_cast<std::uintptr_t>(frames[i]) - 1;
    if (pc >= g_program.begin && pc < g_program.end) write_frame(number++, pc - g_program.bias);
  }
}

void say(int signal, siginfo_t* /*info*/, void* context) {
  const std::string& text = g_text[signal];
  (void)!::write(STDERR_FILENO, text.data(), text.size());
  if (g_program.end != 0) write_stack(*static_cast<const ucontext_t*>(context));
  if (g_status) ::_exit(*g_status);
  // SA_RESETHAND has brought the signal's own end back, which comes when this returns.
  ::raise(signal);
}

bool reported_by_sanitizer() {
  return built_with(Sanitizer::address) || built_with(Sanitizer::thread);
}

}  // namespace

void set_last_words(const std::function<std::string(int)>& text, std::optional<int> status) {
  if (reported_by_sanitizer()) return;
  g_status = status;
  g_program.end = 0;
  const stack_t stack{.ss_sp = g_stack, .ss_flags = 0, .ss_size = sizeof g_stack};
  RW_CHECK(::sigaltstack(&stack, nullptr) == 0, "no stack for signals");
  for (const int signal : kSignals) {
    g_text[signal] = text(signal);
    struct sigaction action = {};
    action.sa_sigaction = say;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | static_cast<int>(SA_RESETHAND);
    ::sigaction(signal, &action, nullptr);
  }
}

void set_stack_as_last_words() {
  if (reported_by_sanitizer()) return;
  void* first = nullptr;
  (void)::backtrace(&first, 1);
  set_last_words([](int signal) { return std::string(::strsignal(signal)) + " at\n"; });
  const ssize_t length =
      ::readlink("/proc/self/exe", g_program.path.data(), g_program.path.size() - 1);
  g_program.path[length < 0 ? 0 : static_cast<std::size_t>(length)] = '\0';
  ::dl_iterate_phdr(take_program, nullptr);
}

}  // namespace rw::verdict
