#include "fuzz/report/job_summary.h"

#include <fmt/format.h>

#include <algorithm>

#include "fuzz/report/text.h"

namespace rw::report {

namespace {

constexpr std::size_t kRoomForNote = 200;  // bytes, for the line about pictures left out

// In a cell of a table, and outside code: nothing is taken for Markdown or HTML.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : printable_utf8(text)) {
    if (c == '\n') {
      out += ' ';
    } else if (c == '<' || c == '&') {
      out += c == '<' ? "&lt;" : "&amp;";
    } else {
      if (std::string_view("|\\`*_[]~#").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

const char* word(Case::Outcome outcome) {
  switch (outcome) {
    case Case::Outcome::passed:
      return "passed";
    case Case::Outcome::failed:
      return "**failed**";
    case Case::Outcome::skipped:
      return "skipped";
  }
  return "?";
}

std::string table(const CiReport& report) {
  std::string out = "| target | case | outcome | |\n|---|---|---|---|\n";
  std::size_t lines = 0;
  // What failed first: the rest may be cut off.
  for (const bool failed : {true, false})
    for (const Case& c : report.cases)
      if ((c.outcome == Case::Outcome::failed) == failed && lines++ < kMostLines)
        out += fmt::format("| {} | {} | {} | {} |\n", cell(c.target->name()), cell(c.name),
                           word(c.outcome), cell(cut(c.why, 300)));
  if (lines > kMostLines) out += fmt::format("\n{} more cases.\n", lines - kMostLines);
  return out;
}

std::string details(const Case& c) {
  std::string out = fmt::format("\n<details><summary>{}</summary>\n\n", cell(c.name));
  if (const std::string picture = picture_of(c); !picture.empty())
    out += code_block("", picture) + "\n";
  if (!c.mermaid.empty()) out += code_block("mermaid", c.mermaid) + "\n";
  if (!c.replay.empty()) out += "Replay:\n\n" + code_block("sh", c.replay) + "\n";
  return out + "</details>\n";
}

}  // namespace

std::string code_block(std::string_view language, std::string_view code) {
  std::size_t longest = 0, run = 0;
  for (const char c : code) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(std::max<std::size_t>(3, longest + 1), '`');
  const std::string body = printable_utf8(code);
  const bool ended = body.ends_with('\n');
  return fmt::format("{}{}\n{}{}{}\n", fence, language, body, ended ? "" : "\n", fence);
}

std::string job_summary(const CiReport& report) {
  std::string out =
      fmt::format("### racewalk {}: {} passed, {} failed", report.command,
                  count(report, Case::Outcome::passed), count(report, Case::Outcome::failed));
  if (const std::size_t skipped = count(report, Case::Outcome::skipped); skipped != 0)
    out += fmt::format(", {} skipped", skipped);
  out += "\n\n";
  if (!report.cases.empty()) out += table(report);
  std::size_t left_out = 0;
  for (const Case& c : report.cases) {
    if (c.outcome != Case::Outcome::failed || !c.finding) continue;
    const std::string block = details(c);
    if (out.size() + block.size() + kRoomForNote > kMostSummary)
      ++left_out;
    else
      out += block;
  }
  if (left_out != 0)
    out +=
        fmt::format("\n{} pictures have no room here; the JUnit report has them all.\n", left_out);
  return out + "\n";
}

}  // namespace rw::report
