#include "fuzz/schedule/thread_order.h"

#include <algorithm>
#include <limits>

#include "fuzz/exec/prng.h"

namespace rw::schedule {

namespace {

using exec::LoggedStep;

// Ticks of the time-stamp counter by which steps are shifted: 2 to the power of these. A step of a
// real thread takes some hundred ticks, a thread that has lost its core is away for millions.
constexpr unsigned kLeastShift = 6, kMostShift = 16;
constexpr unsigned kLeastDelay = 8, kMostDelay = 24;
constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

}  // namespace

ThreadOrder::ThreadOrder(const exec::ThreadLog& log, std::uint64_t seed) {
  for (unsigned t = 0; t < exec::kMaxTasks; ++t) {
    const std::uint32_t count = std::min(log.count[t], exec::ThreadLog::kMaxSteps);
    for (std::uint32_t i = 0; i < count; ++i) {
      const LoggedStep& step = log.steps[t][i];
      (step.choice == 0 ? tasks_[t].steps : tasks_[t].choices).push_back(step);
    }
  }
  if (seed != 0) shift(seed);
}

// Every second seed shifts each step by itself, the others hold one task back from one step on.
void ThreadOrder::shift(std::uint64_t seed) {
  exec::Prng prng(seed);
  if (seed % 2 == 1) {
    const std::uint32_t most = 1U << (kLeastShift + prng.below(kMostShift - kLeastShift));
    for (Task& task : tasks_) {
      std::uint64_t before = 0;
      for (LoggedStep& step : task.steps) {
        step.when = before = std::max(before, step.when + prng.below(most));
      }
    }
    return;
  }
  std::vector<Task*> present;
  for (Task& task : tasks_)
    if (!task.steps.empty()) present.push_back(&task);
  if (present.empty()) return;
  Task& held = *present[prng.index(present.size())];
  const std::uint64_t delay = 1ULL << (kLeastDelay + prng.below(kMostDelay - kLeastDelay));
  for (std::size_t i = prng.index(held.steps.size()); i < held.steps.size(); ++i)
    held.steps[i].when += delay;
}

void ThreadOrder::begin(unsigned) {
  for (Task& task : tasks_) {
    task.next_step = task.next_choice = 0;
    task.known = false;
    task.when = 0;
  }
}

void ThreadOrder::find(Task& task, const exec::PendingStep& pending, unsigned op) {
  task.known = true;
  if (task.next_step == task.steps.size()) {
    // The threads came no farther: others first.
    task.when = kNever;
    return;
  }
  const bool starts = pending.kind == exec::StepKind::start;
  const std::uint32_t place = starts ? 0 : exec::place_number(pending.where);
  for (std::size_t i = task.next_step; i < task.steps.size() && task.steps[i].op <= op; ++i) {
    if (task.steps[i].op != op || task.steps[i].place != place) continue;
    task.when = task.steps[i].when;
    task.next_step = i + 1;
    return;
  }
}

unsigned ThreadOrder::pick(const exec::View& view) {
  unsigned best = kGiveUp;
  for (unsigned t = 0; t < view.task_count; ++t) {
    if (!sync::has_task(view.runnable, t)) continue;
    Task& task = tasks_[t];
    if (!task.known) find(task, view.pending[t], view.op[t]);
    // Of two without a time the one that is under way goes on.
    const bool earlier = best == kGiveUp || task.when < tasks_[best].when ||
                         (task.when == tasks_[best].when && t == view.current);
    if (earlier) best = t;
  }
  tasks_[best].known = false;
  return best;
}

unsigned ThreadOrder::choose(const exec::View& view, unsigned t, unsigned n, const char*,
                             const sync::site& where) {
  Task& task = tasks_[t];
  for (std::size_t i = task.next_choice; i < task.choices.size(); ++i) {
    const LoggedStep& made = task.choices[i];
    if (made.op > view.op[t]) break;
    if (made.op != view.op[t] || made.place != exec::place_number(where)) continue;
    task.next_choice = i + 1;
    const unsigned value = made.choice - 1U;
    return value < n ? value : 0;
  }
  return 0;
}

}  // namespace rw::schedule
