#include "fuzz/schedule/logged.h"

#include "fuzz/schedule/make.h"

namespace rw::schedule {

using exec::Segment;

void Logged::begin(unsigned task_count) {
  decisions_ = {};
  choices_seen_.clear();
  inner_.begin(task_count);
}

// The task that made the last step stops where it stands.
void Logged::end_segment(const exec::View& view) {
  Segment& segment = decisions_.segments.back();
  const unsigned t = segment.task;
  const bool can_run = (view.runnable >> t & 1U) != 0;
  segment.until = can_run ? Segment::Until::step : Segment::Until::blocked;
  if (!can_run) return;
  segment.op = view.op[t];
  segment.function = view.function[t];
  segment.visit = view.visit[t];
}

unsigned Logged::pick(const exec::View& view) {
  const unsigned next = pick_of(inner_, view);
  if (!decisions_.segments.empty() && decisions_.segments.back().task == next) return next;
  if (!decisions_.segments.empty()) end_segment(view);
  Segment segment;
  segment.task = static_cast<std::uint8_t>(next);
  segment.until = Segment::Until::end;
  decisions_.segments.push_back(segment);
  log_(decisions_);
  return next;
}

unsigned Logged::choose(const exec::View& view, unsigned task, unsigned n, const char* what,
                        const sync::site& where) {
  const unsigned value = inner_.choose(view, task, n, what, where);
  const unsigned op = view.op[task];
  std::uint16_t visit = 0;
  for (Seen& seen : choices_seen_)
    if (seen.task == task && seen.op == op && seen.what == what) visit = ++seen.count;
  if (visit == 0) choices_seen_.push_back({task, op, what, visit = 1});
  if (value == 0) return value;
  exec::ChoiceMade made;
  made.task = static_cast<std::uint8_t>(task);
  made.op = static_cast<std::uint16_t>(op);
  made.visit = visit;
  made.what = what;
  made.value = static_cast<std::uint16_t>(value);
  decisions_.choices.push_back(std::move(made));
  log_(decisions_);
  return value;
}

}  // namespace rw::schedule
