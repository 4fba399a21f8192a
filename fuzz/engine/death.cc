#include "fuzz/engine/death.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>

#include "fuzz/engine/exit_status.h"
#include "fuzz/verdict/key.h"

namespace rw::engine {
namespace {

bool contains(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

// The lines of `text`, one after another.
struct Lines {
  std::string_view rest;
  bool next(std::string_view& line) {
    if (rest.empty()) return false;
    const std::size_t end = rest.find('\n');
    line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return true;
  }
};

// "    #0 rw::mm::zap(int) /src/targets/mm/zap.cc:21:3 (racewalk+0x1)" (TSan), or the same with
// "0x55d0 in " after the number (ASan). `first`: it is frame #0.
struct ReportFrame {
  bool first = false;
  std::string_view function;
  std::string_view file;
};

std::optional<ReportFrame> frame_of(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos || line[begin] != '#') return std::nullopt;
  std::size_t at = begin + 1;
  while (at < line.size() && line[at] >= '0' && line[at] <= '9') at++;
  if (at == begin + 1 || at >= line.size() || line[at] != ' ') return std::nullopt;
  ReportFrame frame;
  frame.first = line.substr(begin + 1, at - begin - 1) == "0";
  std::string_view rest = line.substr(at + 1);
  if (rest.starts_with("0x")) {
    const std::size_t in = rest.find(" in ");
    if (in == std::string_view::npos) return frame;
    rest.remove_prefix(in + 4);
  }
  // A function's name may hold spaces; the file begins at " /" (absolute), "targets/" or "<null>".
  for (const char* mark : {" /", " targets/", " fuzz/", " <null>", " ("}) {
    const std::size_t end = rest.find(mark);
    if (end == std::string_view::npos) continue;
    if (std::strcmp(mark, " (") == 0 && contains(rest, "(anonymous")) continue;
    frame.function = rest.substr(0, end);
    frame.file = rest.substr(end + 1);
    return frame;
  }
  frame.function = rest;
  return frame;
}

bool of_the_code_under_test(std::string_view file) {
  // Code of the seam is inlined into targets and named in every stack; it is never to blame.
  return contains(file, "targets/") && !contains(file, "targets/registry");
}

// The word after `marker` on its line, up to a space or '('; "data race" becomes "data-race".
std::string headline(std::string_view report, std::string_view marker) {
  const std::size_t at = report.find(marker);
  if (at == std::string_view::npos) return {};
  std::string_view rest = report.substr(at + marker.size());
  rest = rest.substr(0, rest.find('\n'));
  for (const char* end : {" on address", " on unknown", " (pid", " in ", ":"})
    if (const std::size_t cut = rest.find(end); cut != std::string_view::npos)
      rest = rest.substr(0, cut);
  std::string what(rest);
  for (char& c : what)
    if (c == ' ') c = '-';
  return what;
}

const char* signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name == nullptr ? "unknown" : name;
}

// A signal that a sanitizer's run-time library caught, and reported by its short name.
std::optional<int> caught_signal(std::string_view what) {
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
    if (what == signal_name(signal)) return signal;
  return std::nullopt;
}

Death of_signal(int signal, std::string_view report, bool killed_for_hanging) {
  Death death;
  if (signal == SIGKILL) {
    death.kind = killed_for_hanging ? DeathKind::hang : DeathKind::killed;
    death.what = killed_for_hanging ? "no-progress" : "SIGKILL";
    death.message = killed_for_hanging ? "an execution did not end and the worker was killed"
                                       : "the worker was killed from outside (SIGKILL)";
    return death;
  }
  death.kind = DeathKind::crash;
  death.what = fmt::format("SIG{}", signal_name(signal));
  death.functions = blamed_functions(report, 2);
  death.message = fmt::format("the worker died of {} ({})", death.what, strsignal(signal));
  for (const std::string& function : death.functions)
    death.message += " in " + verdict::normalise(function);
  return death;
}

Death of_sanitizer(std::string_view report) {
  Death death;
  death.kind = DeathKind::sanitizer;
  const char* tool = "UndefinedBehaviorSanitizer";
  if (contains(report, "AddressSanitizer")) {
    tool = "AddressSanitizer";
    death.what = headline(report, "ERROR: AddressSanitizer: ");
  } else if (contains(report, "ThreadSanitizer")) {
    tool = "ThreadSanitizer";
    death.what = headline(report, "WARNING: ThreadSanitizer: ");
    if (death.what.empty()) death.what = headline(report, "ERROR: ThreadSanitizer: ");
  } else {
    death.what = "undefined-behaviour";
  }
  if (death.what.empty()) death.what = "unknown-report";
  // The same bug has the same key in a plain build.
  if (const auto signal = caught_signal(death.what)) return of_signal(*signal, report, false);
  death.functions = blamed_functions(report, 2);
  death.message = fmt::format("{}: {}", tool, death.what);
  for (std::size_t i = 0; i < death.functions.size(); i++)
    death.message +=
        fmt::format("{} {}", i == 0 ? " in" : " and", verdict::normalise(death.functions[i]));
  return death;
}

}  // namespace

std::vector<std::string> blamed_functions(std::string_view report, unsigned limit) {
  std::vector<std::string> functions;
  Lines lines{report};
  bool searching = false;
  for (std::string_view line; lines.next(line) && functions.size() < limit;) {
    const std::optional<ReportFrame> frame = frame_of(line);
    if (!frame) continue;
    if (frame->first) searching = true;
    if (!searching || frame->function.empty() || !of_the_code_under_test(frame->file)) continue;
    functions.emplace_back(frame->function);
    searching = false;  // the rest of this stack are callers
  }
  return functions;
}

Death classify(int wait_status, std::string_view report, bool killed_for_hanging) {
  const bool reported =
      contains(report, "ERROR: AddressSanitizer") || contains(report, "WARNING: ThreadSanitizer") ||
      contains(report, "ERROR: ThreadSanitizer") || contains(report, "runtime error:");
  if (WIFSIGNALED(wait_status)) {
    const int signal = WTERMSIG(wait_status);
    if (signal == SIGKILL || !reported) return of_signal(signal, report, killed_for_hanging);
    return of_sanitizer(report);
  }
  Death death;
  const int status = WEXITSTATUS(wait_status);
  if (status == 0) return death;
  if (status == kExitOwnBug) {
    death.kind = DeathKind::own_bug;
    death.message = "the worker found a bug in racewalk itself (exit 70)";
  } else if (status == kExitCannotWrite) {
    death.kind = DeathKind::cannot_write;
    death.message = "the worker could not write (exit 74)";
  } else if (reported) {
    return of_sanitizer(report);
  } else if (status == kExitUsage) {
    death.kind = DeathKind::usage;
    death.message =
        "the worker did not understand its command line: builds of different versions? (ci/build)";
  } else {
    death.kind = DeathKind::crash;
    death.what = fmt::format("exit-{}", status);
    death.message = fmt::format("the worker ended with exit status {}", status);
  }
  return death;
}

std::optional<exec::Failure> failure_of(const Death& death) {
  exec::Failure failure;
  switch (death.kind) {
    case DeathKind::sanitizer:
      failure.kind = "sanitizer";
      break;
    case DeathKind::crash:
    case DeathKind::hang:
      failure.kind = "crash";
      break;
    default:
      return std::nullopt;
  }
  failure.parts.push_back(death.what);
  failure.parts.insert(failure.parts.end(), death.functions.begin(), death.functions.end());
  failure.symmetric = true;  // which of two racing stacks is printed first is chance
  failure.message = death.message;
  return failure;
}

}  // namespace rw::engine
