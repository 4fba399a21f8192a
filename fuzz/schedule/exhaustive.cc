#include "fuzz/schedule/exhaustive.h"

#include <algorithm>
#include <string_view>

#include "fuzz/sync/check.h"

namespace rw::schedule {

void Exhaustive::begin(unsigned) {
  depth_ = 0;
  last_pick_ = 0;
  preemptions_ = 0;
  repeated_ = false;
  for (Footprint& f : round_) f.clear();
  std::fill(std::begin(news_), std::end(news_), true);
}

bool Exhaustive::conflict(const Footprint& a, const Footprint& b) {
  for (const Touch& x : a)
    for (const Touch& y : b)
      if (x.location == y.location && (x.writes || y.writes)) return true;
  return false;
}

// Who sleeps before the frame after `above`: whoever slept there and does not conflict with the
// step that was made.
void Exhaustive::sleepers_below(const Frame& above, std::vector<Sleeper>& asleep) const {
  for (const Sleeper& s : above.asleep)
    if (s.task != above.chosen && !conflict(s.footprint, above.footprint)) asleep.push_back(s);
}

// Tasks that stand before another round of a spin loop in which they would see what they saw.
exec::TaskSet Exhaustive::spinning_in_vain(const exec::View& view) const {
  exec::TaskSet vain = 0;
  for (unsigned t = 0; t < view.task_count; ++t)
    if ((view.runnable >> t & 1U) != 0 && view.pending[t].kind == exec::StepKind::relax &&
        !news_[t])
      vain |= sync::task_bit(t);
  return vain == view.runnable ? 0 : vain;
}

// Tasks that may be picked at a new frame.
exec::TaskSet Exhaustive::candidates(const exec::View& view) {
  const exec::TaskSet current = sync::task_bit(view.current);
  const bool goes_on = depth_ != 0 && (view.runnable & current) != 0;
  return goes_on && preemptions_ >= bound_ ? current : view.runnable & ~spinning_in_vain(view);
}

unsigned Exhaustive::pick(const exec::View& view) {
  if (depth_ == frames_.size()) {
    Frame frame;
    if (last_pick_ != 0 && wants_touches()) sleepers_below(frames_[last_pick_ - 1], frame.asleep);
    frame.open = candidates(view);
    for (const Sleeper& s : frame.asleep) frame.open &= ~sync::task_bit(s.task);
    if (frame.open == 0) {
      repeated_ = true;
      return kGiveUp;
    }
    // The running task first: fewest switches first.
    const exec::TaskSet current = sync::task_bit(view.current);
    frame.chosen = (frame.open & current) != 0 ? view.current : sync::first_task(frame.open);
    frame.open &= ~sync::task_bit(frame.chosen);
    frames_.push_back(std::move(frame));
  }
  const Frame& frame = frames_[depth_++];
  RW_CHECK(!frame.is_choice && (view.runnable >> frame.chosen & 1U) != 0,
           "an execution differs from the one before it where it should not");
  last_pick_ = depth_;
  running_ = frame.chosen;
  if (view.pending[running_].kind == exec::StepKind::relax) {
    round_[running_].clear();
    news_[running_] = false;
  }
  if (depth_ > 1 && frame.chosen != view.current && (view.runnable >> view.current & 1U) != 0)
    ++preemptions_;
  return frame.chosen;
}

unsigned Exhaustive::choose(const exec::View&, unsigned, unsigned n, const char* what,
                            const sync::site&) {
  if (std::string_view(what).starts_with("spurious")) return 0;
  if (depth_ == frames_.size()) {
    Frame frame;
    frame.is_choice = true;
    frame.count = n;
    frames_.push_back(std::move(frame));
  }
  const Frame& frame = frames_[depth_++];
  RW_CHECK(frame.is_choice && frame.count == n,
           "an execution differs from the one before it where it should not");
  return frame.chosen;
}

void Exhaustive::add(Footprint& footprint, std::uint32_t location, bool writes) {
  for (Touch& t : footprint) {
    if (t.location != location) continue;
    t.writes = t.writes || writes;
    return;
  }
  footprint.push_back({location, writes});
}

void Exhaustive::touches(std::uint32_t location, bool writes) {
  if (last_pick_ == 0) return;
  add(frames_[last_pick_ - 1].footprint, location, writes);
  add(round_[running_], location, writes);
  if (!writes) return;
  for (unsigned t = 0; t < exec::kMaxTasks; ++t)
    news_[t] = news_[t] || (t != running_ && conflict(round_[t], {{location, true}}));
}

bool Exhaustive::next() {
  while (!frames_.empty()) {
    Frame& frame = frames_.back();
    if (frame.is_choice) {
      if (++frame.chosen < frame.count) return true;
    } else {
      frame.asleep.push_back({static_cast<std::uint8_t>(frame.chosen), frame.footprint});
      if (frame.open != 0) {
        frame.chosen = sync::first_task(frame.open);
        frame.open &= ~sync::task_bit(frame.chosen);
        frame.footprint.clear();
        return true;
      }
    }
    frames_.pop_back();
  }
  return false;
}

double Exhaustive::share_done() const {
  double share = 0;
  double weight = 1;
  for (const Frame& f : frames_) {
    const auto left = static_cast<double>(sync::count_tasks(f.open));
    const double all = f.is_choice ? f.count : left + 1 + static_cast<double>(f.asleep.size());
    const double done = f.is_choice ? f.chosen : static_cast<double>(f.asleep.size());
    share += weight * done / all;
    weight /= all;
  }
  return share + weight;
}

}  // namespace rw::schedule
