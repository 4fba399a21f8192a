#include "fuzz/report/summary.h"

#include "fuzz/report/stacks.h"
#include "fuzz/sync/check.h"

namespace rw::report {

namespace {

bool is_harmless(char c) {
  constexpr std::string_view kOthers = "/._-+=:,@%";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kOthers.find(c) != std::string_view::npos;
}

void append_block(std::string& out, const std::string& block) {
  if (block.empty()) return;
  if (!out.empty()) out += "\n";
  out += block;
  if (out.back() != '\n') out += "\n";
}

}  // namespace

std::string shell_quoted(const std::string& word) {
  bool harmless = !word.empty();
  for (const char c : word) harmless = harmless && is_harmless(c);
  if (harmless) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string command_lines(const std::string& command, const std::string& file) {
  const std::string start = shell_quoted(command);
  return "Replay: " + start + " replay " + shell_quoted(file) + "\n" + "Shrink: " + start +
         " shrink " + shell_quoted(file) + "\n";
}

std::string summary(const Summary& s) {
  RW_CHECK(s.failure != nullptr, "a summary is asked for without a failure");
  std::string out;
  append_block(out, s.program);
  // Without a trace the table is its header: kind, message, key.
  append_block(
      out, two_column(s.trace != nullptr ? *s.trace : exec::Trace{}, *s.failure, s.key, s.table));
  append_block(out, stacks(*s.failure, s.table.width));
  if (!s.file.empty()) append_block(out, command_lines(s.command, s.file));
  return out;
}

}  // namespace rw::report
