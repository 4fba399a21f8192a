#include "fuzz/report/layout.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include "fuzz/report/edges.h"
#include "fuzz/report/holds.h"

namespace rw::report {

namespace {

// The last row of `task` that `event` is not before. None if there is none, or if what happened
// there is folded away into a row that stands for several.
std::optional<std::size_t> row_of(const Picture& picture, unsigned task, std::size_t event) {
  for (std::size_t i = picture.rows.size(); i-- > 0;) {
    const Row& row = picture.rows[i];
    if (row.event > event) continue;
    if (!row.of_task && row.fold && !row.text.starts_with("--")) return std::nullopt;
    if (row.of_task && row.task == task) return i;
  }
  return std::nullopt;
}

std::vector<Bar> bars_of(const Run& run, const Picture& picture) {
  std::vector<Bar> bars;
  for (const Hold& hold : holds_of(*run.trace)) {
    if (hold.phase == exec::kSetup) continue;
    const auto from = row_of(picture, hold.task, hold.taken);
    if (!from) continue;
    Bar bar{hold.task, hold.lock, hold.shared, *from, picture.rows.size()};
    if (hold.let) bar.to = row_of(picture, hold.task, *hold.let).value_or(*from);
    if (bar.to >= bar.from) bars.push_back(std::move(bar));
  }
  return bars;
}

std::vector<Arrow> arrows_of(const Run& run, const Picture& picture) {
  std::vector<Arrow> arrows;
  std::set<std::pair<std::size_t, std::size_t>> seen;
  for (const Edge& edge : edges_of(*run.trace)) {
    const auto from = row_of(picture, run.trace->events[edge.from].task, edge.from);
    const auto to = row_of(picture, run.trace->events[edge.to].task, edge.to);
    if (!from || !to || *from >= *to || !seen.insert({*from, *to}).second) continue;
    arrows.push_back({*from, *to, edge.over});
  }
  return arrows;
}

}  // namespace

Layout lay_out(const Run& run, std::size_t most_rows) {
  Layout layout;
  layout.picture = rows_of(*run.trace, run.failure);
  fold(layout.picture, std::numeric_limits<std::size_t>::max(), most_rows);
  layout.bars = bars_of(run, layout.picture);
  layout.arrows = arrows_of(run, layout.picture);
  return layout;
}

std::size_t row_at(const Picture& picture, std::size_t event) {
  const auto behind = std::find_if(picture.rows.begin(), picture.rows.end(),
                                   [&](const Row& row) { return row.event > event; });
  return behind == picture.rows.begin()
             ? 0
             : static_cast<std::size_t>(behind - picture.rows.begin()) - 1;
}

}  // namespace rw::report
