#include "fuzz/schedule/probe.h"

#include <algorithm>
#include <string_view>

#include "fuzz/schedule/exhaustive.h"

namespace rw::schedule {
namespace {

using sync::task_bit;

constexpr std::size_t kMostSteps = 2'000;
constexpr unsigned kOrdersDrawn = 32;
constexpr unsigned kFractions = 1U << 30;
constexpr std::size_t kMostCuts = std::size_t{1} << 21;  // 32 MB while they are counted

// Whether a cut may grow by this step, the next of its task.
bool can_be_next(const Probe::Step& step, const Probe::Cut& cut) {
  for (unsigned t = 0; t < exec::kMaxTasks; ++t)
    if (t != step.task && step.before[t] > cut[t]) return false;
  return true;
}

exec::TaskSet at_relax(const exec::View& view) {
  exec::TaskSet tasks = 0;
  for (unsigned t = 0; t < view.task_count; ++t)
    if (view.pending[t].kind == exec::StepKind::relax) tasks |= task_bit(t) & view.runnable;
  return tasks;
}

}  // namespace

Probe::Probe(std::uint64_t seed, unsigned preemptions)
    : prng_(seed), bound_(preemptions), reduces_(preemptions == Exhaustive::kNoBound) {}

void Probe::begin(unsigned task_count) {
  task_count_ = task_count;
  expected_ = size_;
  if (size_ != 0) ++executions_;
  for (unsigned t = 0; t < task_count && size_ != 0; ++t)
    mean_[t] += (made_[t] - mean_[t]) / executions_;
  made_.fill(0);
  size_ = 0;
  weight_ = p_alike_ = p_by_left_ = 1;
  by_left_ = !by_left_;
  preemptions_ = 0;
  too_long_ = false;
  runnable_ = 0;
  waker_.fill(0);
}

unsigned Probe::draw(exec::TaskSet from) {
  for (unsigned skip = prng_.below(sync::count_tasks(from)); skip > 0; --skip) from &= from - 1;
  return sync::first_task(from);
}

unsigned Probe::draw_by(const Shares& shares, exec::TaskSet from) {
  double at = shares.all * prng_.below(kFractions) / kFractions;
  unsigned task = 0;
  for (exec::TaskSet set = from; set != 0 && at >= 0; set &= set - 1) {
    task = sync::first_task(set);
    at -= shares.of[task];
  }
  return task;
}

// A task that has made more steps than it mostly does has, perhaps, one left.
unsigned Probe::draw_either_way(exec::TaskSet from) {
  Shares left;
  for (exec::TaskSet set = from; set != 0; set &= set - 1) {
    const unsigned t = sync::first_task(set);
    left.add(t, std::max(mean_[t] - made_[t], 1.0));
  }
  const unsigned task = by_left_ ? draw_by(left, from) : draw(from);
  p_alike_ /= sync::count_tasks(from);
  p_by_left_ *= left.of[task] / left.all;
  return task;
}

// The task that made the last step goes on, or one of `others` preempts it.
unsigned Probe::draw_within_bound(const exec::View& view, exec::TaskSet others) {
  if (others == 0 || preemptions_ >= bound_) return view.current;
  const auto left = static_cast<std::uint32_t>(expected_ > size_ ? expected_ - size_ : 1);
  const std::uint32_t preempts = std::min(bound_ - preemptions_, left);
  if (!prng_.chance(preempts, left + 1)) {
    weight_ *= (left + 1.0) / (left + 1.0 - preempts);
    return view.current;
  }
  ++preemptions_;
  weight_ *= (left + 1.0) / preempts * sync::count_tasks(others);
  return draw(others);
}

unsigned Probe::pick(const exec::View& view) {
  for (unsigned t = 0; t < view.task_count && size_ != 0; ++t)
    if ((view.runnable & ~runnable_ & task_bit(t)) != 0) waker_[t] = size_;
  runnable_ = view.runnable;
  too_long_ = too_long_ || size_ == kMostSteps;
  if (too_long_) return kGiveUp;

  const exec::TaskSet spinning = at_relax(view);
  const exec::TaskSet able = view.runnable & ~spinning;
  const exec::TaskSet last = task_bit(view.current);
  unsigned task = 0;
  if (able == 0) {
    task = sync::first_task(spinning);
  } else if (!reduces_ && size_ != 0 && (able & last) != 0) {
    task = draw_within_bound(view, able & ~last);
  } else {
    task = reduces_ ? draw_either_way(able) : draw(able);
    if (!reduces_) weight_ *= sync::count_tasks(able);
  }

  if (size_ == steps_.size()) steps_.emplace_back();
  Step& step = steps_[size_++];
  step.task = task;
  ++made_[task];
  step.waker = waker_[task];
  step.footprint.clear();
  waker_[task] = 0;
  return task;
}

unsigned Probe::choose(const exec::View&, unsigned, unsigned n, const char* what,
                       const sync::site&) {
  if (std::string_view(what).starts_with("spurious")) return 0;  // as Exhaustive
  weight_ *= n;
  return prng_.below(n);
}

void Probe::touches(std::uint32_t location, bool writes) {
  if (size_ != 0) steps_[size_ - 1].footprint.add(location, writes);
}

// As Exhaustive::find_races_of, of all steps.
void Probe::find_order() {
  Cut made{};  // [task]: how many steps it has made
  std::vector<std::uint32_t> number(size_);
  for (std::size_t i = 0; i < size_; ++i) {
    Step& step = steps_[i];
    step.before = {};
    const auto follows = [&step](const Step& earlier) {
      for (unsigned t = 0; t < exec::kMaxTasks; ++t)
        step.before[t] = std::max(step.before[t], earlier.before[t]);
    };
    if (step.waker != 0) follows(steps_[step.waker - 1]);
    for (std::size_t k = i; k-- > 0;) {
      const Step& earlier = steps_[k];
      if (number[k] <= step.before[earlier.task]) continue;
      if (earlier.task == step.task || conflict(earlier.footprint, step.footprint))
        follows(earlier);
    }
    number[i] = step.before[step.task] = ++made[step.task];
  }
}

// The execution's steps by task.
Probe::Tasks Probe::by_task() const {
  Tasks of;
  for (std::size_t i = 0; i < size_; ++i) of[steps_[i].task].push_back(&steps_[i]);
  return of;
}

// Linear extensions, by how many of each task's steps come first: each such cut has as many orders
// as the cuts it grows from by one step have together, and most have none. 0: the cuts are too
// many.
long double Probe::count_orders(const Tasks& of) {
  std::array<std::size_t, exec::kMaxTasks> stride{};
  std::size_t cuts = 1;
  for (unsigned t = 0; t < task_count_; ++t) {
    stride[t] = cuts;
    cuts *= of[t].size() + 1;
    if (cuts > kMostCuts) return 0;
  }
  cuts_ += cuts;
  orders_.assign(cuts, 0);
  orders_[0] = 1;
  Cut cut{};
  for (std::size_t at = 0; at + 1 < cuts; ++at) {
    for (unsigned t = 0; t < task_count_ && orders_[at] != 0; ++t) {
      if (cut[t] == of[t].size()) continue;
      if (can_be_next(*of[t][cut[t]], cut)) orders_[at + stride[t]] += orders_[at];
    }
    for (unsigned t = 0; cut[t]++ == of[t].size(); ++t) cut[t] = 0;
  }
  return orders_.back();
}

// The same by Knuth's way: the mean over random orders of one over their probability. Tasks with
// more steps left are drawn more often, so that the orders are about as likely.
long double Probe::guess_orders(const Tasks& of) {
  long double sum = 0;
  for (unsigned i = 0; i < kOrdersDrawn; ++i) {
    Cut cut{};
    long double orders = 1;
    for (std::size_t left = size_; left > 0; --left) {
      exec::TaskSet next = 0;
      Shares shares;
      for (unsigned t = 0; t < task_count_; ++t) {
        if (cut[t] == of[t].size()) continue;
        if (!can_be_next(*of[t][cut[t]], cut)) continue;
        next |= task_bit(t);
        shares.add(t, static_cast<double>(of[t].size() - cut[t]));
      }
      const unsigned task = draw_by(shares, next);
      orders *= shares.all / shares.of[task];
      ++cut[task];
    }
    sum += orders;
  }
  return sum / kOrdersDrawn;
}

double Probe::stands_for() {
  if (too_long_) return 0;
  if (!reduces_) return static_cast<double>(weight_);
  find_order();
  const Tasks of = by_task();
  const long double counted = count_orders(of);
  const long double orders = counted > 0 ? counted : guess_orders(of);
  return static_cast<double>(weight_ * 2 / (p_alike_ + p_by_left_) / orders);
}

}  // namespace rw::schedule
