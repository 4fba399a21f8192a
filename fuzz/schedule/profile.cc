#include "fuzz/schedule/profile.h"

#include <bit>

#include "fuzz/schedule/make.h"

namespace rw::schedule {

void Profiler::begin(unsigned task_count) {
  row_of_.fill(0);
  row_count_ = 0;
  access_count_ = 0;
  place_of_.fill(0);
  place_count_ = 0;
  inner_.begin(task_count);
}

unsigned Profiler::pick(const exec::View& view) {
  const unsigned next = pick_of(inner_, view);
  count(view.pending[next], next, count_place(view.pending[next], next));
  return next;
}

unsigned Profiler::choose(const exec::View& view, unsigned task, unsigned n, const char* what,
                          const sync::site& where) {
  return inner_.choose(view, task, n, what, where);
}

void Profiler::count(const exec::PendingStep& step, unsigned task, std::uint16_t place) {
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
  const auto index = static_cast<std::uint16_t>(row_of_[slot] - 1U);
  Row& row = rows_[index];
  ++row.counts.steps[task];
  row.tasks |= sync::task_bit(task);
  row.written = row.written || step.writes;
  if (access_count_ == kMaxAccesses) return;
  accesses_[access_count_++] = {.location = index,
                                .n = row.counts.steps[task],
                                .place = place,
                                .task = static_cast<std::uint8_t>(task),
                                .reads = step.kind != exec::StepKind::store,
                                .writes = step.writes,
                                .waits = is_wait(step)};
}

std::uint16_t Profiler::count_place(const exec::PendingStep& step, unsigned task) {
  const auto key = std::bit_cast<std::uintptr_t>(step.where);
  unsigned slot = ((key >> 3U) * 8 + task) * 0x9e3779b97f4a7c15ULL >> 40U & (2 * kMaxPlaces - 1);
  for (; place_of_[slot] != 0; slot = (slot + 1) & (2 * kMaxPlaces - 1)) {
    Profile::Place& place = places_[place_of_[slot] - 1U];
    if (place.task != task || std::bit_cast<std::uintptr_t>(place.where) != key) continue;
    ++place.steps;
    place.near_choice = place.near_choice || step.near_choice;
    return static_cast<std::uint16_t>(place_of_[slot] - 1U);
  }
  if (place_count_ == kMaxPlaces) return Profile::kNoPlace;
  places_[place_count_] = {.where = step.where,
                           .steps = 1,
                           .task = static_cast<std::uint8_t>(task),
                           .near_choice = step.near_choice};
  place_of_[slot] = static_cast<std::uint16_t>(++place_count_);
  return static_cast<std::uint16_t>(place_count_ - 1U);
}

Profile Profiler::profile() const {
  Profile profile;
  profile.places.assign(places_.begin(), places_.begin() + place_count_);
  std::array<std::uint16_t, kMaxLocations> shared_of{};  // by row: 1 + index in profile.shared
  for (unsigned i = 0; i < row_count_; ++i) {
    if (!rows_[i].written || sync::has_one_task(rows_[i].tasks)) continue;
    profile.shared.push_back(rows_[i].counts);
    shared_of[i] = static_cast<std::uint16_t>(profile.shared.size());
  }
  for (unsigned i = 0; i < access_count_; ++i) {
    Profile::Access access = accesses_[i];
    if (shared_of[access.location] == 0) continue;
    access.location = static_cast<std::uint16_t>(shared_of[access.location] - 1U);
    profile.accesses.push_back(access);
  }
  return profile;
}

}  // namespace rw::schedule
