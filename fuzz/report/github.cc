#include "fuzz/report/github.h"

#include <fmt/format.h>

#include "fuzz/report/text.h"
#include "fuzz/verdict/key.h"

namespace rw::report {

namespace {

// As GitHub's runner reads it back: in a property `:` and `,` are encoded as well.
std::string escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : printable_utf8(text)) {
    const bool special = c == '%' || c == '\n' || (property && (c == ':' || c == ','));
    out += special ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return out;
}

std::string annotation(const Case& c) {
  std::string place, message = c.why;
  if (c.finding) {
    const exec::Place& where = c.finding->failure.where;
    if (!where.file.empty()) place = fmt::format("file={},", escaped(where.file, true));
    if (where.line != 0) place += fmt::format("line={},", where.line);
    message = verdict::title_of(c.finding->failure) + "\n" + c.why;
  }
  if (!c.replay.empty()) message += "\nReplay: " + c.replay;
  const std::string title = c.finding ? c.finding->key : c.name;
  return fmt::format("::error {}title={}::{}\n", place, escaped(title, true),
                     escaped(message, false));
}

}  // namespace

std::string github(const CiReport& report) {
  const std::size_t failed = count(report, Case::Outcome::failed);
  const std::size_t shown = failed <= kMostAnnotations ? failed : kMostAnnotations - 1;
  std::string out;
  std::size_t done = 0;
  for (const Case& c : report.cases)
    if (c.outcome == Case::Outcome::failed && done++ < shown) out += annotation(c);
  if (failed > shown)
    out += fmt::format(
        "::error title=racewalk {}::{} more failures; the job summary and the JUnit "
        "report have them all\n",
        escaped(report.command, true), failed - shown);
  return out;
}

}  // namespace rw::report
