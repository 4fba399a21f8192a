#include "fuzz/memory/load_order.h"

#include <bit>

namespace rw::memory::weak {

void LoadOrder::clear(unsigned task) {
  task_ = task;
  number_ = count_ = 0;
  stores_ = acquires_ = 0;
  done_ = before_all_ = unlocked_ = Clock{};
}

// Before these, too, comes what comes before one of them.
LoadOrder::Set LoadOrder::with_those_before(Set accesses) const {
  Set all = accesses;
  for (std::uint32_t i = 0; i < count_; ++i)
    if ((accesses_[i].later & accesses) != 0) all |= Set{1} << i;
  return all;
}

LoadOrder::Place LoadOrder::place_of(const Word& w, const Message& m) const {
  Place place{acquires_, 0};
  const bool own = m.writer == task_;  // forwarded to it, without coming back from elsewhere
  for (std::uint32_t i = 0; i < count_; ++i) {
    const Access& a = accesses_[i];
    const bool overwritten = m.view.at(a.word) > a.time || m.propagated.at(a.word) > a.time ||
                             (a.word == w.number && m.time > a.time);
    if (before_all_[task_] >= a.number || (!own && (overwritten || m.before[task_] >= a.number)))
      place.before |= Set{1} << i;
    if (m.time < a.met.at(w.number)) place.behind |= Set{1} << i | a.later;
  }
  place.before = with_those_before(place.before);
  return place;
}

bool LoadOrder::has_place(const Word& w, const Message& m) const {
  const Place place = place_of(w, m);
  return (place.before & place.behind) == 0;
}

std::uint32_t LoadOrder::runs_before(const Word& w, const Message& m) const {
  const Set behind = place_of(w, m).behind;
  return behind == 0 ? 0 : accesses_[std::countr_zero(behind)].number;
}

LoadOrder::Access& LoadOrder::add(Set before, Set behind) {
  const Set itself = Set{1} << count_;
  for (std::uint32_t i = 0; i < count_; ++i)
    if ((before >> i & 1U) != 0) accesses_[i].later |= itself | behind;
  Access& a = accesses_[count_++];
  a.number = number_;
  a.later = behind;
  a.met.clear();
  return a;
}

std::uint32_t LoadOrder::read(const Word& w, const Message& m, bool acquires, bool meets) {
  ++number_;
  const bool own = m.writer == task_;
  join(done_, m.before);
  if (count_ == 0 && !meets) {
    if (acquires && !own) join(before_all_, m.before);
    return 0;
  }
  const Place place = place_of(w, m);
  Clock before = before_all_;
  if (!own) join(before, m.before);
  for (std::uint32_t i = 0; i < count_; ++i)
    if ((place.before >> i & 1U) != 0) join(before, accesses_[i].before);
  Access& a = add(place.before, place.behind);
  a.word = w.number;
  a.time = m.time;
  a.before = before;
  if (meets) {
    a.met.join(m.view);
    a.met.join(m.propagated);
  }
  if (acquires) {
    acquires_ |= Set{1} << (count_ - 1);
    join(before_all_, before);
  }
  if (place.behind == 0) return 0;
  for (std::uint32_t i = 0; i < count_; ++i)
    if ((place.behind >> i & 1U) != 0) join(accesses_[i].before, before);
  return accesses_[std::countr_zero(place.behind)].number;
}

const Clock& LoadOrder::write(std::uint32_t word, Time time) {
  done_[task_] = ++number_;
  if (count_ == 0) return done_;
  const Set all = (Set{1} << count_) - 1;
  Access& a = add(with_those_before(all & ~stores_), 0);
  stores_ |= Set{1} << (count_ - 1);
  a.word = word;
  a.time = time;
  a.before = done_;
  return done_;
}

void LoadOrder::acquire(const Clock& given) {
  ++number_;
  join(done_, given);
  join(before_all_, given);
  if (count_ == 0) return;
  Set before = acquires_;
  for (std::uint32_t i = 0; i < count_; ++i)
    if (before_all_[task_] >= accesses_[i].number) before |= Set{1} << i;
  before = with_those_before(before);
  Access& a = add(before, 0);
  acquires_ |= Set{1} << (count_ - 1);
  a.word = a.time = 0;
  a.before = before_all_;
  for (std::uint32_t i = 0; i + 1 < count_; ++i)
    if ((before >> i & 1U) != 0) join(a.before, accesses_[i].before);
  join(before_all_, a.before);
}

void LoadOrder::fence() {
  before_all_ = done_;
  before_all_[task_] = number_;
  count_ = 0;
  stores_ = acquires_ = 0;
}

bool may_run_early(const LoadOrder (&all)[kMaxTasks], unsigned task, const Word& w,
                   const Message& m) {
  if (!all[task].has_place(w, m)) return false;
  if (m.propagated.within(View{})) return true;
  // Whoever knows of what the task has done since then has gone on without that.
  const std::uint32_t number = all[task].runs_before(w, m);
  for (unsigned t = 0; t < kMaxTasks; ++t)
    if (t != task && all[t].knows(task, number)) return false;
  return true;
}

void has_run_early(LoadOrder (&all)[kMaxTasks], std::span<Word> words, unsigned task,
                   std::uint32_t number, const Message& m) {
  const Clock before = all[task].last_before();
  const auto add = [&](Clock& clock) {
    if (clock[task] >= number) join(clock, before);
  };
  const auto add_all = [&](Clock& clock, View& propagated) {
    if (clock[task] >= number) propagated.join(m.propagated);
    add(clock);
  };
  for (LoadOrder& l : all) l.each_clock(add);
  for (Word& w : words) {
    add_all(w.before_edge, w.edge_propagated);
    for (std::uint32_t i = 0; i < w.count; ++i)
      add_all(w.message(i).before, w.message(i).propagated);
  }
}

}  // namespace rw::memory::weak
