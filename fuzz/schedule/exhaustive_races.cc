// Exhaustive: what the race detection of source-DPOR adds to the search.
#include <algorithm>

#include "fuzz/schedule/exhaustive.h"
#include "fuzz/sync/check.h"

namespace rw::schedule {
using sync::task_bit;

// Of the steps that are new in the execution that has ended; those before were looked at then.
void Exhaustive::find_races() {
  for (std::size_t i = fresh_; i < size_; ++i) find_races_of(i);
}

// Orders a step behind those before it. An earlier one that conflicts, and is ordered before it by
// nothing else, races with it.
void Exhaustive::find_races_of(std::size_t later) {
  Frame& step = frames_[later];
  step.order = {};
  const auto follows = [&step](const Frame& before) {
    for (unsigned t = 0; t < exec::kMaxTasks; ++t)
      step.order[t] = std::max(step.order[t], before.order[t]);
  };
  std::size_t own = later;
  while (own-- > 0 && frames_[own].chosen != step.chosen) {
  }
  if (own != kNone) follows(frames_[own]);
  if (step.waker != kNone) follows(frames_[step.waker]);
  std::vector<std::size_t> racing;
  for (std::size_t i = later; i-- > 0;) {
    const Frame& before = frames_[i];
    if (i < step.order[before.chosen]) continue;
    if (step.alone) {
      follows(before);
    } else if (conflict(before.now, step.now)) {
      follows(before);
      racing.push_back(i);
    }
  }
  step.order[step.chosen] = static_cast<std::uint32_t>(later + 1);
  for (const std::size_t i : racing)
    if (i >= base_) reverse(i, later);
}

// Sees to it that some execution has `later` before `earlier`: after the steps between them that
// `earlier` does not happen before, and at first one of the tasks that can begin with those.
void Exhaustive::reverse(std::size_t earlier, std::size_t later) {
  Frame& at = frames_[earlier];
  std::array<std::size_t, exec::kMaxTasks> first;  // [task]: its first step among those
  first.fill(kNone);
  exec::TaskSet initial = 0;
  for (std::size_t i = earlier + 1; i <= later; ++i) {
    const Frame& step = frames_[i];
    if (first[step.chosen] != kNone) continue;
    if (i != later && step.order[at.chosen] > earlier) continue;
    bool begins = true;
    for (unsigned t = 0; t < exec::kMaxTasks; ++t)
      begins = begins && (first[t] == kNone || step.order[t] <= first[t]);
    first[step.chosen] = i;
    if (begins) initial |= task_bit(step.chosen);
  }
  RW_CHECK(initial != 0, "steps that no step comes first in");
  const exec::TaskSet covered = at.open | task_bit(at.chosen) | sleeping(at);
  if ((initial & covered) != 0) return;
  const unsigned task = frames_[later].chosen;
  const exec::TaskSet usable = initial & at.enabled;
  if (usable != 0) {
    at.open |= (usable & task_bit(task)) != 0 ? task_bit(task) : task_bit(sync::first_task(usable));
  } else if (initial == task_bit(task) && first[task] == later && frames_[later].again &&
             (at.held & task_bit(task)) == 0) {
    // The later step goes round a spin loop once more because of what the earlier one wrote: there
    // is no other order.
  } else if (initial == at.held) {
    let_go(earlier);
  } else {
    try_all(earlier);
  }
}

// A task has come to a relax in the step before this one, and a race asks for it here: it waits for
// some step of another. Either that is one that can be made here, or it is one of those before that
// could as well have come after the relax; which of them does not matter.
void Exhaustive::let_go(std::size_t at) {
  try_others(at);
  const std::size_t arrival = at - 1;
  const Frame& came = frames_[arrival];
  for (std::size_t i = arrival; i-- > base_;) {
    if (frames_[i].chosen == came.chosen || i < came.order[frames_[i].chosen]) continue;
    reverse(i, arrival);
    return;
  }
}

void Exhaustive::try_others(std::size_t at) {
  Frame& frame = frames_[at];
  frame.open |= frame.enabled & ~(task_bit(frame.chosen) | sleeping(frame));
}

// Every task that can be picked is tried at each frame up to this one.
void Exhaustive::try_all(std::size_t to) {
  for (std::size_t i = base_; i <= to; ++i) try_others(i);
}

}  // namespace rw::schedule
