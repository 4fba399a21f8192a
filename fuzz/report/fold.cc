// Shortens a picture: repetitions, what concerns one task only, and the middle of what is too long.
#include <fmt/format.h>

#include <algorithm>

#include "fuzz/report/rows.h"
#include "fuzz/report/values.h"

namespace rw::report {

namespace {

constexpr std::size_t kLongestPeriod = 24;  // rows that may repeat as a group
constexpr std::size_t kShortestRun = 2;     // one row takes no more room than a note about it

bool same(const Row& a, const Row& b) {
  return a.task == b.task && a.of_task == b.of_task && a.text == b.text && a.mark.empty() &&
         b.mark.empty() && !a.fold && !b.fold;
}

bool stays(const Row& row) {
  return row.decides || row.failed || !row.mark.empty() || row.fold || row.indent == 0;
}

Row fold_row(const Row& like, std::string text) {
  Row row;
  row.task = like.task;
  row.event = like.event;
  row.of_task = like.of_task;
  row.indent = 1;
  row.holding = like.holding;
  row.fold = true;
  row.text = std::move(text);
  return row;
}

// How often rows[at, at + period) follow one another, including the first time.
std::size_t repetitions(const std::vector<Row>& rows, std::size_t at, std::size_t period) {
  std::size_t end = at + period;
  while (end < rows.size() && same(rows[end - period], rows[end])) ++end;
  return (end - at) / period;
}

// A group of rows that repeats three times or more is shown once. Linear in practice: a group that
// was folded is passed over.
std::vector<Row> without_repetitions(const std::vector<Row>& rows) {
  std::vector<Row> out;
  for (std::size_t i = 0; i < rows.size();) {
    std::size_t period = 0, times = 0;
    for (std::size_t p = 1; p <= kLongestPeriod && i + 3 * p <= rows.size(); ++p) {
      if (!same(rows[i], rows[i + p])) continue;
      times = repetitions(rows, i, p);
      if (times >= 3) {
        period = p;
        break;
      }
    }
    if (period == 0) {
      out.push_back(rows[i++]);
      continue;
    }
    for (std::size_t k = 0; k < period; ++k) out.push_back(rows[i + k]);
    Row note = fold_row(out.back(), period == 1 ? fmt::format("... {} times more", times - 1)
                                                : fmt::format("... these {} rows {} times more",
                                                              period, times - 1));
    note.of_task = period == 1 && note.of_task;
    out.push_back(std::move(note));
    i += period * times;
  }
  return out;
}

// "spin_lock x.lock, spin_unlock": taken and dropped, and nothing worth a row in between.
std::vector<Row> without_empty_sections(const std::vector<Row>& rows) {
  std::vector<Row> out;
  for (const Row& row : rows) {
    const bool closes = !out.empty() && row.drops && out.back().takes &&
                        out.back().task == row.task && out.back().object == row.object &&
                        out.back().mark.empty() && row.mark.empty();
    if (!closes) {
      out.push_back(row);
      continue;
    }
    out.back().text += ", " + row.text.substr(0, row.text.find(' '));
    out.back().takes = false;
    out.back().decides |= row.decides;
  }
  return out;
}

// Runs of one task's rows about places that no other task touches.
std::vector<Row> without_private_rows(const std::vector<Row>& rows) {
  std::vector<Row> out;
  for (std::size_t i = 0; i < rows.size();) {
    std::size_t end = i;
    while (end < rows.size() && is_private(rows[end]) && rows[end].task == rows[i].task) ++end;
    if (end - i < kShortestRun) {
      out.push_back(rows[i++]);
      continue;
    }
    std::string about;
    std::size_t named = 0;
    for (std::size_t k = i; k < end; ++k) {
      const std::string object = object_of(rows[k].object);
      if (mentions(about, object)) continue;
      if (named == 3) {
        about += ", ...";
        break;
      }
      about += (named++ == 0 ? "" : ", ") + object;
    }
    out.push_back(fold_row(rows[end - 1], fmt::format("... {} rows on {}", end - i, about)));
    out.back().step = rows[i].step;
    i = end;
  }
  return out;
}

// The first third and the last two thirds of what may stay.
std::vector<Row> without_middle(const std::vector<Row>& rows, std::size_t most) {
  const std::size_t head = most / 3, tail = most - head;
  std::vector<Row> out(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(head));
  Row note = fold_row(rows[head], fmt::format("... {} rows left out", rows.size() - most));
  note.of_task = false;
  note.holding = 0;
  out.push_back(std::move(note));
  out.insert(out.end(), rows.end() - static_cast<std::ptrdiff_t>(tail), rows.end());
  return out;
}

}  // namespace

bool is_private(const Row& row) {
  return !stays(row) && !row.object.empty() && row.of_task && !row.shared;
}

void fold(Picture& picture, std::size_t enough, std::size_t most) {
  picture.rows = without_repetitions(without_empty_sections(picture.rows));
  if (picture.rows.size() > enough) picture.rows = without_private_rows(picture.rows);
  if (picture.rows.size() > most) picture.rows = without_middle(picture.rows, most);
}

}  // namespace rw::report
