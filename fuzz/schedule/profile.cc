#include "fuzz/schedule/profile.h"

#include "fuzz/schedule/make.h"

namespace rw::schedule {

void Profiler::begin(unsigned task_count) {
  row_of_.fill(0);
  row_count_ = 0;
  inner_.begin(task_count);
}

unsigned Profiler::pick(const exec::View& view) {
  const unsigned next = pick_of(inner_, view);
  count(view.pending[next], next);
  return next;
}

unsigned Profiler::choose(const exec::View& view, unsigned task, unsigned n, const char* what,
                          const sync::site& where) {
  return inner_.choose(view, task, n, what, where);
}

void Profiler::count(const exec::PendingStep& step, unsigned task) {
  if (step.location == 0) return;
  unsigned slot = (step.location * 0x9e3779b9U) >> 16U & (kSlots - 1);
  while (row_of_[slot] != 0 && rows_[row_of_[slot] - 1U].counts.location != step.location)
    slot = (slot + 1) & (kSlots - 1);
  if (row_of_[slot] == 0) {
    if (row_count_ == kMaxLocations) return;
    rows_[row_count_] = {};
    rows_[row_count_].counts.location = step.location;
    row_of_[slot] = static_cast<std::uint16_t>(++row_count_);
  }
  Row& row = rows_[row_of_[slot] - 1U];
  ++row.counts.steps[task];
  row.tasks |= sync::task_bit(task);
  row.written = row.written || step.writes;
}

Profile Profiler::profile() const {
  Profile profile;
  for (unsigned i = 0; i < row_count_; ++i)
    if (rows_[i].written && !sync::has_one_task(rows_[i].tasks))
      profile.shared.push_back(rows_[i].counts);
  return profile;
}

}  // namespace rw::schedule
