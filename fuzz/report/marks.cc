#include "fuzz/report/marks.h"

#include <fmt/format.h>

#include <algorithm>

#include "fuzz/report/stops.h"
#include "fuzz/report/values.h"
#include "fuzz/verdict/kinds.h"

namespace rw::report {

namespace {

using exec::Failure;
using exec::Trace;

constexpr std::size_t kNone = ~std::size_t{0};

std::size_t last_row_of(const Picture& picture, unsigned task) {
  for (std::size_t i = picture.rows.size(); i-- > 0;)
    if (picture.rows[i].task == task && picture.rows[i].of_task) return i;
  return kNone;
}

std::size_t append(Picture& picture, Row row) {
  if (!picture.rows.empty()) row.holding = picture.rows.back().holding;
  row.event = picture.events;
  picture.rows.push_back(std::move(row));
  return picture.rows.size() - 1;
}

bool waits(const exec::TaskStatus& status) {
  return status.state.starts_with("waits for ");
}

// "waits for mm#0.mmap_sem, held by T1" is split: the row says the first half, its mark the second.
void mark_waiting_tasks(Picture& picture, const Failure& failure) {
  for (const exec::TaskStatus& status : failure.tasks) {
    if (!waits(status)) continue;
    const std::size_t comma = std::min(status.state.find(", "), status.state.size());
    std::size_t at = last_row_of(picture, status.task);
    if (at == kNone || picture.rows[at].text.find("waits") == std::string::npos) {
      Row row;
      row.task = static_cast<std::uint8_t>(status.task);
      row.indent = 1;
      row.step = failure.step;
      row.text = status.state.substr(0, comma);
      row.where = status.where;
      at = append(picture, row);
    }
    Row& row = picture.rows[at];
    row.failed = true;
    row.mark = status.state.substr(std::min(comma + 2, status.state.size()));
    if (row.mark.empty() || row.mark == "held by nobody") row.mark = "nobody wakes it";
  }
}

// A livelock has no step that fails: all that still run are shown where they are.
void mark_running_tasks(Picture& picture, const Failure& failure) {
  for (const exec::TaskStatus& status : failure.tasks) {
    if (status.state == "finished") continue;
    Row row;
    row.task = static_cast<std::uint8_t>(status.task);
    row.indent = 1;
    row.step = failure.step;
    row.where = status.where;
    row.failed = true;
    row.text = waits(status) ? status.state : "still in " + status.where.function;
    row.mark = failure.kind;
    append(picture, row);
  }
}

// Tasks are listed while they run: not in set-up, and not in the final checks.
bool is_of_final_checks(const Trace& trace, const Failure& failure) {
  return failure.tasks.empty() && std::any_of(trace.events.begin(), trace.events.end(),
                                              [](const exec::Event& e) { return e.phase != 0; });
}

// What the failing step was about to do, as far as its failure tells.
std::string step_text(const Failure& failure, const std::string& object, bool final_checks) {
  if (!object.empty()) {
    if (failure.kind == "uninitialised-read") return "reads " + object;
    if (failure.kind == "data-race" || failure.kind == "use-after-free") return "uses " + object;
    if (failure.kind == "double-free") return "frees " + object_of(object);
  }
  if (final_checks) return kFinalChecks;
  return "in " + failure.where.function;
}

// The row of the step that failed; made if the trace has none.
std::size_t failing_row(Picture& picture, const Trace& trace, const Failure& failure) {
  if (!picture.rows.empty()) {
    const Row& last = picture.rows.back();
    const bool same_place =
        last.where.line == failure.where.line && last.where.file == failure.where.file;
    // An oracle speaks up behind what it watches: "free page#1" is the row that failed.
    const bool watched = last.told && !verdict::is_about_an_access(failure.kind);
    if (!last.fold && last.of_task && last.task == failure.task && last.step == failure.step &&
        (same_place || watched))
      return picture.rows.size() - 1;
  }
  if (is_of_final_checks(trace, failure)) all_have_ended(picture);
  Row row;
  row.task = static_cast<std::uint8_t>(failure.task);
  row.indent = 1;
  row.step = failure.step;
  row.object = object_in_message(trace, failure);
  row.text = step_text(failure, row.object, picture.ended);
  return append(picture, row);
}

// The row it failed against: the other access of a race, the free before a use.
void mark_counterpart(Picture& picture, const Failure& failure, std::size_t failing) {
  const bool race = failure.kind == "data-race";
  if (!race && failure.kind != "use-after-free" && failure.kind != "double-free") return;
  for (std::size_t i = failing; i-- > 0;) {
    Row& row = picture.rows[i];
    if (!row.decides) continue;
    const bool frees = row.text.starts_with("frees ");
    if (!frees && row.task == failure.task) continue;
    row.mark = frees  ? "freed here"
               : race ? fmt::format("races with step {}", failure.step)
                      : "used here";
    return;
  }
}

}  // namespace

void mark_failure(Picture& picture, const Trace& trace, const Failure& failure) {
  const bool nobody_runs = failure.kind == "deadlock" || failure.kind == "lost-wakeup";
  if (nobody_runs && std::any_of(failure.tasks.begin(), failure.tasks.end(), waits))
    return mark_waiting_tasks(picture, failure);
  if (failure.kind == "livelock" && !failure.tasks.empty())
    return mark_running_tasks(picture, failure);
  const std::size_t at = failing_row(picture, trace, failure);
  picture.rows[at].where = failure.where;
  picture.rows[at].failed = true;
  picture.rows[at].mark = failure.kind;
  mark_counterpart(picture, failure, at);
}

}  // namespace rw::report
