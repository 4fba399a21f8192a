#include "fuzz/schedule/exhaustive.h"

#include <algorithm>

#include "fuzz/sync/check.h"

namespace rw::schedule {
namespace {

using sync::task_bit;

bool same_place(const sync::site& a, const sync::site& b) {
  return a.line() == b.line() && a.column() == b.column() &&
         std::string_view(a.file_name()) == b.file_name();
}

}  // namespace

void Exhaustive::begin(unsigned) {
  rerun_ = begun_;
  begun_ = true;
  depth_ = 0;
  preemptions_ = 0;
  repeated_ = at_border_ = false;
  runnable_ = 0;
  spins_ = {};
  waker_.fill(kNone);
}

exec::TaskSet Exhaustive::sleeping(const Frame& frame) {
  exec::TaskSet tasks = 0;
  for (const Sleeper& s : frame.asleep) tasks |= task_bit(s.task);
  return tasks;
}

// Whether the task stands where its last round of a spin loop began.
bool Exhaustive::comes_again(const exec::View& view, unsigned task) const {
  const Spin& spin = spins_[task];
  return spin.round != kNone && spin.op == view.op[task] &&
         same_place(spin.where, view.pending[task].where);
}

// Whether it would see in another round what it saw in the last.
bool Exhaustive::in_vain(const exec::View& view, unsigned task) {
  if (view.pending[task].kind != exec::StepKind::relax || !comes_again(view, task)) return false;
  Spin& spin = spins_[task];
  for (; !spin.news && spin.seen < depth_; ++spin.seen) {
    const Frame& step = frames_[spin.seen];
    if (step.chosen == task) continue;
    for (std::size_t i = spin.round; i < spin.seen && !spin.news; ++i)
      spin.news = frames_[i].chosen == task && writes_into(step.now, frames_[i].now);
  }
  return !spin.news;
}

// Tasks that may be picked at a frame.
void Exhaustive::see_candidates(Frame& frame, const exec::View& view) {
  exec::TaskSet vain = 0;
  for (unsigned t = 0; t < view.task_count; ++t)
    if ((view.runnable & task_bit(t)) != 0 && in_vain(view, t)) vain |= task_bit(t);
  frame.alone = vain == view.runnable;
  frame.enabled = frame.alone ? view.runnable : view.runnable & ~vain;
  const unsigned last = view.current;
  frame.kept_back = depth_ != 0 && (view.runnable & task_bit(last)) == 0 &&
                    view.pending[last].kind == exec::StepKind::relax;
  held_back_ = held_back_ || frame.kept_back || vain != 0;
  frame.held = frame.kept_back && !in_vain(view, last) ? task_bit(last) : 0;
  const bool goes_on = depth_ != 0 && (view.runnable & task_bit(last)) != 0;
  if (!goes_on || preemptions_ < bound_) return;
  limited_ = limited_ || (frame.enabled & ~task_bit(last)) != 0;
  frame.enabled = task_bit(last);
}

// A task that has just come to a relax waits for some step of another: any, or if it would go round
// in vain one that brings news. Whether `step` is such a one: it could be swapped with the task's
// last, but that would make the task wait for a step more.
bool Exhaustive::lets_go(const Footprint& step, const Frame& frame, const exec::View& view) const {
  if (!frame.kept_back || frame.held != 0) return frame.kept_back;
  const Spin& spin = spins_[view.current];
  for (std::size_t i = spin.round; i < depth_; ++i)
    if (frames_[i].chosen == view.current && writes_into(step, frames_[i].now)) return true;
  return false;
}

void Exhaustive::note_wakers(const exec::View& view) {
  for (unsigned t = 0; t < view.task_count && depth_ != 0; ++t)
    if (t != view.current && view.pending[t].kind == exec::StepKind::wake &&
        (view.runnable & ~runnable_ & task_bit(t)) != 0)
      waker_[t] = depth_ - 1;
  runnable_ = view.runnable;
}

// If the chosen task goes round a spin loop once more it has seen that something is new, so its
// step is about all that the round before touched.
void Exhaustive::note_relax(Frame& frame, const exec::View& view) {
  const unsigned t = frame.chosen;
  frame.again = false;
  if (view.pending[t].kind != exec::StepKind::relax) return;
  Spin& spin = spins_[t];
  frame.again = comes_again(view, t);
  if (frame.again && !frame.alone)
    for (std::size_t i = spin.round; i < depth_; ++i)
      if (frames_[i].chosen == t)
        for (const Footprint::Touch& touch : frames_[i].now.touches)
          frame.now.add(touch.location, false);
  spin = {view.pending[t].where, view.op[t], depth_, depth_ + 1, false};
}

// A new frame at the end of the path. False: all that can be picked has been explored elsewhere.
bool Exhaustive::push(const exec::View& view) {
  if (frames_.size() == size_) frames_.emplace_back();
  Frame& frame = frames_[size_];
  frame.choices.clear();
  frame.asleep.clear();
  frame.ever.clear();
  frame.now.clear();
  see_candidates(frame, view);
  if (size_ != 0 && reduces()) {
    const Frame& above = frames_[size_ - 1];
    for (const Sleeper& s : above.asleep)
      if (s.task != above.chosen && !conflict(s.footprint, above.now) &&
          !lets_go(s.footprint, frame, view))
        frame.asleep.push_back(s);
  }
  frame.inherited = frame.asleep.size();
  frame.open = frame.enabled & ~sleeping(frame);
  if (frame.open == 0) return false;
  // The running task first: fewest switches first.
  frame.chosen = static_cast<std::uint8_t>(
      (frame.open & task_bit(view.current)) != 0 ? view.current : sync::first_task(frame.open));
  frame.open &= ~task_bit(frame.chosen);
  if (reduces() && border_ == kNoDepth && !frame.alone) frame.open = 0;
  ++size_;
  return true;
}

unsigned Exhaustive::pick(const exec::View& view) {
  note_wakers(view);
  if (depth_ == border_ && depth_ < size_) {  // a loaded path goes on below the border
    at_border_ = true;
    return kGiveUp;
  }
  if (depth_ == size_) {
    RW_CHECK(!rerun_, "an execution that is run again goes on where it ended");
    repeated_ = !push(view);
    at_border_ = !repeated_ && depth_ == border_;
    if (at_border_) --size_;
    if (repeated_ || at_border_) return kGiveUp;
  } else if (depth_ >= fresh_ && !rerun_) {
    see_candidates(frames_[depth_], view);
    // What races would ask for here is not known when others explore what is below.
    if (border_ != kNoDepth && reduces() && depth_ >= base_) try_others(depth_);
  }
  Frame& frame = frames_[depth_];
  RW_CHECK((view.runnable & task_bit(frame.chosen)) != 0,
           "an execution differs from the one before it where it should not");
  note_relax(frame, view);
  frame.waker = waker_[frame.chosen];
  waker_[frame.chosen] = kNone;
  if (depth_ > 0 && frame.chosen != view.current && (view.runnable & task_bit(view.current)) != 0)
    ++preemptions_;
  ++depth_;
  choices_ = 0;
  return frame.chosen;
}

unsigned Exhaustive::choose(const exec::View&, unsigned task, unsigned n, const char* what,
                            const sync::site&) {
  if (std::string_view(what).starts_with("spurious")) return 0;
  Frame& frame = frames_[depth_ - 1];
  if (choices_ == frame.choices.size()) frame.choices.push_back({0, static_cast<std::uint16_t>(n)});
  const Choice& choice = frame.choices[choices_++];
  RW_CHECK(choice.count == n, "an execution differs from the one before it where it should not");
  // After a stale value another round may see a newer one.
  spins_[task].news = spins_[task].news || choice.value != 0;
  return choice.value;
}

void Exhaustive::touches(std::uint32_t location, bool writes) {
  if (depth_ != 0 && depth_ > fresh_ && !rerun_) frames_[depth_ - 1].now.add(location, writes);
}

bool Exhaustive::next(bool cut) {
  if (at_border_) size_ = depth_;
  RW_CHECK(depth_ == size_, "an execution ended before the one that it was to repeat");
  begun_ = false;
  if (reduces() && border_ == kNoDepth) {
    find_races();
    if (cut && size_ != 0) try_all(size_ - 1);
  }
  return go_back();
}

// On to what is left open, deepest first.
bool Exhaustive::go_back() {
  for (; size_ > base_; --size_) {
    Frame& frame = frames_[size_ - 1];
    frame.ever.add(frame.now);
    frame.now.clear();
    fresh_ = size_ - 1;
    while (!frame.choices.empty()) {
      Choice& choice = frame.choices.back();
      if (++choice.value < choice.count) return true;
      frame.choices.pop_back();
    }
    frame.asleep.push_back({frame.chosen, frame.ever});
    if (frame.open == 0) continue;
    frame.ever.clear();
    frame.chosen = static_cast<std::uint8_t>(sync::first_task(frame.open));
    frame.open &= ~task_bit(frame.chosen);
    return true;
  }
  return false;
}

double Exhaustive::share_done() const {
  double share = 0;
  double weight = 1;
  for (std::size_t i = base_; i < size_; ++i) {
    const Frame& f = frames_[i];
    const auto done = static_cast<double>(f.asleep.size() - f.inherited);
    const double all = done + 1 + sync::count_tasks(f.open);
    share += weight * done / all;
    weight /= all;
    for (const Choice& c : f.choices) {
      share += weight * c.value / c.count;
      weight /= c.count;
    }
  }
  return share + weight;
}

std::size_t Exhaustive::open_branches() const {
  std::size_t open = 1;
  for (std::size_t i = base_; i < size_; ++i) {
    open += static_cast<std::size_t>(sync::count_tasks(frames_[i].open));
    for (const Choice& c : frames_[i].choices) open += std::size_t{c.count} - c.value - 1;
  }
  return open;
}

}  // namespace rw::schedule
