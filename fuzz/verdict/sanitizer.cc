#include "fuzz/verdict/sanitizer.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>

// Called by the run-time libraries before anything is initialised, or while a report is being made:
// no instrumentation of our own in here.
#define RW_BARE __attribute__((disable_sanitizer_instrumentation, used, visibility("default")))

// Present only where the sanitizer's run-time library is linked.
extern "C" {
[[gnu::weak]] void __tsan_init();
[[gnu::weak]] int __tsan_get_report_data(void* report, const char** description, int* count,
                                         int* stack_count, int* mop_count, int* loc_count,
                                         int* mutex_count, int* thread_count, int* unique_tid_count,
                                         void** sleep_trace, unsigned long trace_size);
[[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());
[[gnu::weak]] void __sanitizer_set_report_fd(void* fd);
[[gnu::weak]] void __asan_init();
[[gnu::weak]] const char* __asan_get_report_description();
[[gnu::weak]] void __ubsan_get_current_report_data(const char** kind, const char** message,
                                                   const char** file, unsigned* line,
                                                   unsigned* column, char** address);
}

namespace rw::verdict {

// halt_on_error: otherwise libFuzzer saves the wrong input. atexit_sleep_ms: a process would take a
// second to end. detect_deadlocks, report_mutex_bugs: the own lock checks know the model's rules.
// suppress_equal_*: a race must be reported each time it happens, or a second run looks clean.
// No abort_on_error: under libFuzzer it hangs in the handler of SIGABRT.
const char kThreadOptions[] =
    "halt_on_error=1:atexit_sleep_ms=0:detect_deadlocks=0:report_mutex_bugs=0:"
    "suppress_equal_stacks=0:suppress_equal_addresses=0";

// A large quarantine costs memory and speed; target objects lie in the arena, which we poison by
// hand. Leaks: the engine keeps its pools to the end, targets own no heap memory. Fake stacks of
// fibers would never be given back.
const char kAddressOptions[] =
    "quarantine_size_mb=1:thread_local_quarantine_size_kb=64:malloc_context_size=4:"
    "detect_leaks=0:detect_stack_use_after_return=0";

const char kUndefinedOptions[] = "print_stacktrace=1:halt_on_error=1";

namespace {

ReportHook g_hook = nullptr;

RW_BARE void report(Sanitizer which, const char* what) {
  if (g_hook != nullptr) g_hook({which, what != nullptr ? what : ""});
}

int g_death_status = 0;
const char* g_last_words = "";

// By system calls: TSan takes what it intercepts in here for a bug within the report of a signal.
RW_BARE void die() {
  ::syscall(SYS_write, STDERR_FILENO, g_last_words, __builtin_strlen(g_last_words));
  ::syscall(SYS_exit_group, g_death_status);
}

}  // namespace

void set_death(int status, const char* last_words) {
  g_death_status = status;
  g_last_words = last_words;
  if (&__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(die);
}

const char* name_of(Sanitizer which) {
  switch (which) {
    case Sanitizer::thread:
      return "ThreadSanitizer";
    case Sanitizer::address:
      return "AddressSanitizer";
    case Sanitizer::undefined:
      return "UndefinedBehaviorSanitizer";
  }
  return "?";
}

ReportHook set_report_hook(ReportHook hook) {
  ReportHook before = g_hook;
  g_hook = hook;
  return before;
}

void discard_report_texts() {
  if (&__sanitizer_set_report_fd == nullptr) return;
  const long nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere >= 0) __sanitizer_set_report_fd(reinterpret_cast<void*>(nowhere));
}

bool built_with(Sanitizer which) {
  switch (which) {
    case Sanitizer::thread:
      return &__tsan_init != nullptr;
    case Sanitizer::address:
      return &__asan_init != nullptr;
    case Sanitizer::undefined:
      // TSan's run-time library carries UBSan's entry points too, without its checks.
      return &__ubsan_get_current_report_data != nullptr && &__tsan_init == nullptr;
  }
  return false;
}

}  // namespace rw::verdict

extern "C" {

RW_BARE const char* __tsan_default_options() {
  return rw::verdict::kThreadOptions;
}
RW_BARE const char* __asan_default_options() {
  return rw::verdict::kAddressOptions;
}
RW_BARE const char* __ubsan_default_options() {
  return rw::verdict::kUndefinedOptions;
}

RW_BARE void __tsan_on_report(void* report) {
  const char* description = nullptr;
  int count, stacks, mops, locations, mutexes, threads, tids;
  void* sleep_trace[1];
  if (&__tsan_get_report_data != nullptr)
    __tsan_get_report_data(report, &description, &count, &stacks, &mops, &locations, &mutexes,
                           &threads, &tids, sleep_trace, 0);
  rw::verdict::report(rw::verdict::Sanitizer::thread, description);
}

RW_BARE void __asan_on_error() {
  rw::verdict::report(rw::verdict::Sanitizer::address, &__asan_get_report_description != nullptr
                                                           ? __asan_get_report_description()
                                                           : nullptr);
}

RW_BARE void __ubsan_on_report() {
  const char* kind = nullptr;
  const char* message = nullptr;
  const char* file = nullptr;
  unsigned line = 0, column = 0;
  char* address = nullptr;
  if (&__ubsan_get_current_report_data != nullptr)
    __ubsan_get_current_report_data(&kind, &message, &file, &line, &column, &address);
  rw::verdict::report(rw::verdict::Sanitizer::undefined, kind);
}

}  // extern "C"
