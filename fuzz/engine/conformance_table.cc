#include "fuzz/engine/conformance_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "fuzz/program/suggest.h"
#include "fuzz/program/text_lines.h"

namespace rw::engine {
namespace {

using program::Error;
using program::instead;

constexpr std::array<std::string_view, 4> kKeys = {"row", "model", "outcome", "verdict"};
constexpr std::array<std::string_view, 2> kModels = {"weak", "lkmm"};
constexpr std::array<std::string_view, 3> kVerdicts = {"forbidden", "allowed", "race"};

class TableParser {
 public:
  explicit TableParser(std::string_view file_name) : file_(file_name) {}

  program::Result<std::vector<TableRow>> parse(std::string_view text) {
    while (!text.empty()) {
      ++line_;
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string_view line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      line = program::trimmed(line.substr(0, program::comment_start(line)));
      if (!line.empty() && !take(line)) return *error_;
    }
    if (rows_.empty()) {
      line_ = std::max(line_, 1U);
      fail("there is no row; write 'row: NAME', and below it tasks, outcome and verdict");
    } else {
      row_ends();
    }
    if (error_) return *error_;
    return std::move(rows_);
  }

 private:
  // Where each part of the row in hand stands; 0: nowhere yet.
  struct Lines {
    unsigned row = 0, model = 0, outcome = 0, verdict = 0;
    std::vector<unsigned> tasks;
  };

  bool fail(unsigned line, std::string message) {
    error_ = Error{file_, line, std::move(message)};
    return false;
  }
  bool fail(std::string message) { return fail(line_, std::move(message)); }

  bool take(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos)
      return fail(
          fmt::format("{} is no line of a table; write row, model, T0, T1, ..., outcome "
                      "or verdict, a colon, and what it is",
                      program::in_quotes(line)));
    const std::string_view key = line.substr(0, colon);
    const std::string_view value = program::trimmed(line.substr(colon + 1));
    const bool is_task =
        key.size() == 2 && key[0] == 'T' && std::isdigit(static_cast<unsigned char>(key[1])) != 0;
    if (!is_task && std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end())
      return fail(fmt::format("there is no key {}; {}", program::in_quotes(key),
                              instead(key, kKeys, "keys")));
    if (key == "row") return take_row(value);
    if (rows_.empty())
      return fail(
          fmt::format("'{}:' stands before the first row; write 'row: NAME' above it", key));
    TableRow& row = rows_.back();
    if (is_task) return take_task(row, line);
    if (key == "outcome") {
      row.outcome = value;
      return once(lines_.outcome, key);
    }
    if (key == "model") {
      std::size_t model = 0;
      const bool known = choose(value, kModels, "models", model);
      row.kernel = model == 1;
      return known && once(lines_.model, key);
    }
    std::size_t verdict = 0;
    const bool known = choose(value, kVerdicts, "verdicts", verdict);
    row.verdict = static_cast<ModelVerdict>(verdict);
    return known && once(lines_.verdict, key);
  }

  bool once(unsigned& seen, std::string_view key) {
    if (seen != 0)
      return fail(
          fmt::format("a second '{}:' in this row; the first is in line {}, keep one", key, seen));
    seen = line_;
    return true;
  }

  template <typename Names>
  bool choose(std::string_view value, const Names& names, const char* plural, std::size_t& index) {
    const auto found = std::find(names.begin(), names.end(), value);
    if (found == names.end())
      return fail(fmt::format("{} is none of the {}; {}", program::in_quotes(value), plural,
                              instead(value, names, plural)));
    index = static_cast<std::size_t>(found - names.begin());
    return true;
  }

  bool take_row(std::string_view value) {
    if (!rows_.empty() && !row_ends()) return false;
    lines_ = {};
    lines_.row = line_;
    TableRow& row = rows_.emplace_back();
    const std::size_t blank = std::min(value.find(' '), value.size());
    row.id = value.substr(0, blank);
    row.name = program::trimmed(value.substr(blank));
    if (row.id.empty()) return fail("'row:' has no name; write one word, as in 'row: mine1'");
    for (std::size_t i = 0; i + 1 < rows_.size(); ++i)
      if (rows_[i].id == row.id)
        return fail(fmt::format("a second row '{}'; give each its own name", row.id));
    return true;
  }

  // A line may hold one task or several, with || between them.
  bool take_task(TableRow& row, std::string_view line) {
    row.program += (row.program.empty() ? "" : " || ") + std::string(line);
    lines_.tasks.push_back(line_);
    for (std::size_t at = line.find("||"); at != std::string_view::npos;
         at = line.find("||", at + 2))
      lines_.tasks.push_back(line_);
    return true;
  }

  // Whether the row in hand is whole and can run.
  bool row_ends() {
    const TableRow& row = rows_.back();
    if (lines_.tasks.empty())
      return fail(lines_.row,
                  fmt::format("row '{}' has no tasks; write 'T0: x.rlx=1; r0=y.rlx'", row.id));
    if (lines_.outcome == 0)
      return fail(lines_.row,
                  fmt::format("row '{}' has no outcome; write 'outcome: 0:r0=0 & x=1'", row.id));
    const auto mistake = mistake_in(row.row());
    if (!mistake) return true;
    const auto task = static_cast<std::size_t>(mistake->task);
    return fail(task < lines_.tasks.size() ? lines_.tasks[task] : lines_.outcome, mistake->what);
  }

  std::string file_;
  unsigned line_ = 0;
  Lines lines_;
  std::vector<TableRow> rows_;
  std::optional<Error> error_;
};

}  // namespace

program::Result<std::vector<TableRow>> parse_table(std::string_view text,
                                                   std::string_view file_name) {
  return TableParser(file_name).parse(text);
}

}  // namespace rw::engine
