#include "fuzz/report/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "fuzz/report/rows.h"
#include "fuzz/report/text.h"

namespace rw::report {

namespace {

constexpr unsigned kLeastDigits = 3;  // of the step numbers
constexpr unsigned kGap = 2;          // between columns
constexpr unsigned kBar = 2;          // "| " in front of a column's text
constexpr unsigned kNarrowest = 18;   // of a column; narrower ones are stacked

constexpr const char* kBold = "\x1b[1m";
constexpr const char* kRed = "\x1b[1;31m";
constexpr const char* kDim = "\x1b[2m";
constexpr const char* kPlain = "\x1b[0m";

struct Layout {
  unsigned width = 0;
  unsigned number = 0;                // columns of the step numbers and the blank behind them
  bool stacked = false;               // all tasks in one column, each row with its task's name
  std::vector<unsigned> start, size;  // [task]: first column and columns of the text, bar excluded
};

std::string indented(const Row& row) {
  return std::string(2 * row.indent, ' ') + row.text;
}

// The columns share the width: each gets what its text needs, the widest are cut first.
Layout lay_out(const Picture& picture, unsigned width) {
  Layout layout;
  layout.width = std::max(width, kLeastWidth);
  std::uint32_t last_step = 0;
  for (const Row& row : picture.rows) last_step = std::max(last_step, row.step);
  const auto digits = static_cast<unsigned>(fmt::formatted_size("{}", last_step));
  layout.number = std::max(digits, kLeastDigits) + 1;
  const auto tasks = static_cast<unsigned>(picture.headings.size());
  if (tasks == 0) return layout;
  std::vector<unsigned> wanted(tasks);
  for (unsigned t = 0; t < tasks; ++t)
    wanted[t] = static_cast<unsigned>(picture.headings[t].size());
  for (const Row& row : picture.rows)
    if (row.of_task && row.task < tasks)
      wanted[row.task] = std::max(wanted[row.task], static_cast<unsigned>(indented(row).size()));
  const unsigned used = layout.number + 1 + tasks * kBar + (tasks - 1) * kGap;
  const unsigned room = layout.width > used ? layout.width - used : 0;
  if (room / tasks < kNarrowest) {
    layout.stacked = true;
    layout.start.assign(tasks, layout.number + 1);
    layout.size.assign(tasks, layout.width - layout.number - 1);
    return layout;
  }
  const auto sum_capped = [&](unsigned cap) {
    unsigned sum = 0;
    for (const unsigned w : wanted) sum += std::min(w, cap);
    return sum;
  };
  unsigned cap = room;
  while (cap > kNarrowest && sum_capped(cap) > room) --cap;
  unsigned at = layout.number + 1;
  for (unsigned t = 0; t < tasks; ++t) {
    layout.start.push_back(at + kBar);
    layout.size.push_back(std::max(std::min(wanted[t], cap), kNarrowest));
    at += kBar + layout.size[t] + kGap;
  }
  layout.size[tasks - 1] = layout.width - layout.start[tasks - 1];
  return layout;
}

void place(std::string& line, unsigned at, const std::string& text) {
  if (line.size() < at + text.size()) line.resize(at + text.size(), ' ');
  line.replace(at, text.size(), text);
}

void draw_bars(std::string& line, const Layout& layout, const Row& row) {
  if (layout.stacked) return;
  for (unsigned t = 0; t < layout.start.size(); ++t)
    if ((row.holding >> t & 1U) != 0) place(line, layout.start[t] - kBar, "|");
}

// "<- data-race   targets/mm/rmap.cc:40".
std::string mark_text(const Row& row, bool whole_path) {
  if (row.mark.empty()) return "";
  std::string text = "<- " + row.mark;
  if (row.where.line == 0) return text;
  const std::string& file = row.where.file;
  const std::size_t slash = file.rfind('/');
  const std::size_t from = whole_path || slash == std::string::npos ? 0 : slash + 1;
  return text + fmt::format("   {}:{}", file.substr(from), row.where.line);
}

std::string painted(std::string line, const char* paint, const TableOptions& options) {
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return (options.color && paint != nullptr ? paint + line + kPlain : line) + "\n";
}

// A row, with its mark at the right end: with the whole path, with the file's name alone, or on a
// line of its own, whichever has room first.
std::string draw_row(const Row& row, const Layout& layout, const TableOptions& options) {
  const char* paint = row.failed ? kRed : row.fold ? kDim : row.mark.empty() ? nullptr : kBold;
  const bool in_column = row.of_task && row.task < layout.start.size();
  std::string line(layout.number, ' ');
  if (!row.fold && row.step != 0) line = fmt::format("{:{}} ", row.step, layout.number - 1);
  draw_bars(line, layout, row);
  std::string text = indented(row);
  if (in_column && layout.stacked) text = fmt::format("T{} {}", row.task, text);
  const unsigned start = in_column ? layout.start[row.task] : layout.number + 1;
  const unsigned size = in_column ? layout.size[row.task] : layout.width - start;
  text = row.fold ? cut(text, size) : cut_middle(text, size);
  place(line, start, text);
  if (row.mark.empty()) return painted(line, paint, options);
  for (const bool whole_path : {true, false}) {
    const std::string mark = mark_text(row, whole_path);
    if (start + text.size() + kGap + mark.size() > layout.width) continue;
    line.resize(start + text.size());
    place(line, static_cast<unsigned>(layout.width - mark.size()), mark);
    return painted(line, paint, options);
  }
  const std::string mark = cut(mark_text(row, true), layout.width - layout.number - 1);
  std::string second;
  draw_bars(second, layout, row);
  const auto at = static_cast<unsigned>(layout.width - mark.size());
  second.resize(std::min<std::size_t>(second.size(), at));
  place(second, at, mark);
  return painted(line, paint, options) + painted(second, paint, options);
}

std::string draw_headings(const Picture& picture, const Layout& layout,
                          const TableOptions& options) {
  if (layout.stacked || picture.headings.empty()) return "";
  std::string line;
  for (unsigned t = 0; t < picture.headings.size(); ++t)
    place(line, layout.start[t], cut(picture.headings[t], layout.size[t]));
  return painted(line, kBold, options);
}

std::string draw(Picture picture, const TableOptions& options) {
  fold(picture, options.enough_rows, options.most_rows);
  const Layout layout = lay_out(picture, options.width);
  std::string out;
  if (!picture.setup.empty()) out += listed("set-up: ", picture.setup, layout.width);
  out += draw_headings(picture, layout, options);
  for (const Row& row : picture.rows) out += draw_row(row, layout, options);
  return out;
}

// "kind  message    key" on one line; a long message goes below, whole.
std::string draw_header(const exec::Failure& failure, const std::string& key,
                        const TableOptions& options) {
  const unsigned width = std::max(options.width, kLeastWidth);
  const std::string& kind = failure.kind;
  const bool key_fits = kind.size() + 2 + key.size() <= width;
  const bool fits = key_fits && kind.size() + failure.message.size() + key.size() + 4 <= width;
  std::string line = fits ? kind + "  " + failure.message : kind;
  if (key_fits) line.resize(width - key.size(), ' ');
  std::string out = painted(key_fits ? line + key : line, kBold, options);
  if (!key_fits) out += painted(key, kBold, options);
  if (!fits)
    for (const std::string& part : wrapped(failure.message, width - 2))
      out += painted("  " + part, kBold, options);
  return out;
}

}  // namespace

std::string two_column(const exec::Trace& trace, const exec::Failure& failure,
                       const std::string& key, const TableOptions& options) {
  const std::string header = draw_header(failure, key, options);
  return trace.events.empty() ? header : header + draw(rows_of(trace, &failure), options);
}

std::string two_column(const exec::Trace& trace, const TableOptions& options) {
  return draw(rows_of(trace, nullptr), options);
}

}  // namespace rw::report
