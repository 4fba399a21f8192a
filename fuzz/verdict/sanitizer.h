// Sanitizer reports reach the engine here, and each sanitizer gets its options.
//
// sanitizer.cc defines the callbacks __tsan_on_report, __asan_on_error and __ubsan_on_report, and
// __tsan_default_options, __asan_default_options and __ubsan_default_options. A binary gets them by
// calling set_report_hook; they do nothing in a build without sanitizers.
//
// Promises: the hook runs once per report, on the thread that made it, while the process still
// lives. libFuzzer's own death callback is left alone, so it still saves the input.
// Leaves out: the report's key. A sanitizer names no model objects: the own detector's key on the
// same input is the key (fuzz/engine runs it again).
#pragma once

#include <cstdint>

namespace rw::verdict {

enum class Sanitizer : std::uint8_t { thread, address, undefined };

const char* name_of(Sanitizer which);  // "ThreadSanitizer"

struct SanitizerReport {
  Sanitizer which = Sanitizer::thread;
  const char* what = "";  // "data-race", "heap-use-after-free"; valid during the hook only
};

// TSan calls after its text was printed; ASan and UBSan before. The hook may read memory and write
// to file descriptors. It must take no lock that tested code can hold, run none of it, and, under
// TSan, allocate nothing.
using ReportHook = void (*)(const SanitizerReport& report);

// `hook` may be null: reports then go their usual way. Returns the hook before.
ReportHook set_report_hook(ReportHook hook);
// From now on the texts of reports go nowhere; hooks hear of them as before. (log_path=/dev/null
// would make a file /dev/null.PID.)
void discard_report_texts();

// From now on a sanitizer that stops the process ends it with exit status `status`, after printing
// `last_words` (a literal, ending a line) below its report. Without a sanitizer: nothing, but see
// last_words.h.
void set_death(int status, const char* last_words);

// Whether this binary was built with the sanitizer.
bool built_with(Sanitizer which);

// The option strings that are compiled in. The environment's TSAN_OPTIONS and so on override them:
// a cross-check job, for example, sets halt_on_error=0.
extern const char kThreadOptions[];
extern const char kAddressOptions[];
extern const char kUndefinedOptions[];

}  // namespace rw::verdict
