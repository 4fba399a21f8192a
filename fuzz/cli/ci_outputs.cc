#include "fuzz/cli/ci_outputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "fuzz/engine/files.h"
#include "fuzz/report/summary.h"

namespace rw::cli {
namespace {

engine::FileError print(const std::string& text, bool json) {
  std::FILE* stream = json ? stderr : stdout;
  const bool whole = std::fwrite(text.data(), 1, text.size(), stream) == text.size();
  if (whole && std::fflush(stream) == 0) return {};
  return fmt::format("cannot write to standard {}: {}", json ? "error" : "output",
                     std::strerror(errno));
}

engine::FileError deliver(report::CiSink sink, const std::string& path, const std::string& text,
                          bool json) {
  switch (sink) {
    case report::CiSink::file:
      return engine::write_whole(path, text);
    case report::CiSink::appended:
      return engine::append_whole(path, text);
    case report::CiSink::standard_output:
      return print(text, json);
  }
  return {};
}

}  // namespace

bool CiOutputs::wanted() const {
  return std::any_of(path.begin(), path.end(), [](const std::string& p) { return !p.empty(); }) ||
         std::any_of(printed.begin(), printed.end(), [](char p) { return p != 0; });
}

void add_ci_options(CLI::App& command, CiOutputs& outputs) {
  const auto formats = report::ci_formats();
  outputs.path.resize(formats.size());
  outputs.printed.resize(formats.size());
  for (std::size_t i = 0; i < formats.size(); ++i) {
    const report::CiFormat& format = formats[i];
    if (format.sink == report::CiSink::standard_output)
      command.add_flag(format.option, outputs.printed[i], format.help);
    else
      command.add_option(format.option, outputs.path[i], format.help)->type_name("FILE");
  }
}

void check_ci(const CiOutputs& outputs) {
  const auto formats = report::ci_formats();
  for (std::size_t i = 0; i < formats.size(); ++i)
    if (!outputs.path[i].empty())
      check_writable(outputs.path[i], formats[i].sink == report::CiSink::appended
                                          ? engine::Writing::appended
                                          : engine::Writing::whole);
}

int write_ci(const CiOutputs& outputs, const report::CiReport& report, bool json) {
  int status = report.exit_status;
  const auto formats = report::ci_formats();
  for (std::size_t i = 0; i < formats.size(); ++i) {
    if (outputs.path[i].empty() && outputs.printed[i] == 0) continue;
    const engine::FileError error =
        deliver(formats[i].sink, outputs.path[i], formats[i].text(report), json);
    if (error.empty()) continue;
    complain(
        fmt::format("{} ({}); what was found stays where it is saved", error, formats[i].option));
    status = engine::kExitCannotWrite;
  }
  return status;
}

report::CiReport ci_report(const char* command, int exit_status) {
  report::CiReport report;
  report.command = command;
  report.version = kVersion;
  report.exit_status = exit_status;
  for (char** argument = main_arguments(); argument != nullptr && *argument != nullptr; ++argument)
    report.command_line +=
        (report.command_line.empty() ? "" : " ") + report::shell_quoted(*argument);
  return report;
}

}  // namespace rw::cli
