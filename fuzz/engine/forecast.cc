#include "fuzz/engine/forecast.h"

#include <algorithm>

namespace rw::engine {
namespace {

using program::Program;
using program::Schedule;

constexpr std::uint64_t kOpsKept = 1 << 16;

std::uint16_t to16(std::uint64_t steps) {
  return static_cast<std::uint16_t>(std::min<std::uint64_t>(steps, 0xffff));
}

}  // namespace

void StepForecast::saw(const Program& p, const exec::Result& result) {
  for (const std::uint16_t n : result.task_steps) steps_ += n;
  for (const auto& ops : p.tasks) ops_ += ops.size();
  if (ops_ < kOpsKept) return;
  steps_ /= 2;
  ops_ /= 2;
}

void StepForecast::note(Program& p, const exec::Result& result) {
  if (p.schedule.form == Schedule::Form::generator)
    p.schedule.steps.assign(result.task_steps.begin(), result.task_steps.begin() + p.tasks.size());
}

void StepForecast::expect(Program& p, const Program* parent) const {
  if (p.schedule.form != Schedule::Form::generator) return;
  std::vector<std::uint16_t>& steps = p.schedule.steps;
  steps.clear();
  if (ops_ == 0) return;
  for (std::size_t t = 0; t < p.tasks.size(); ++t) {
    const std::uint64_t ops = p.tasks[t].size();
    const bool known =
        parent != nullptr && t < parent->schedule.steps.size() && !parent->tasks[t].empty();
    steps.push_back(to16(known ? parent->schedule.steps[t] * ops / parent->tasks[t].size()
                               : steps_ * ops / ops_));
  }
}

}  // namespace rw::engine
