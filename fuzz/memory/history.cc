#include "fuzz/memory/history.h"

#include <algorithm>

namespace rw::memory::weak {

void View::join_all(const View& other) {
  if (times_.empty()) {
    times_ = other.times_;
    return;
  }
  if (other.times_.size() > times_.size()) times_.resize(other.times_.size());
  for (std::size_t i = 0; i < other.times_.size(); ++i)
    times_[i] = std::max(times_[i], other.times_[i]);
}

bool View::all_within(const View& other) const {
  const std::size_t both = std::min(times_.size(), other.times_.size());
  bool within = true;
  for (std::size_t i = 0; i < both; ++i) within &= times_[i] <= other.times_[i];
  for (std::size_t i = both; i < times_.size(); ++i) within &= times_[i] == 0;
  return within;
}

Spread::Spread(Word& w) {
  for (std::uint32_t i = 0; i < w.count; ++i) old_.push_back(w.message(i).time);
  for (std::uint32_t i = 0; i < w.count; ++i) w.message(i).time = (*this)(old_[i]);
}

Time Spread::operator()(Time time) const {
  if (time < old_.front()) return time;
  const auto found = std::lower_bound(old_.begin(), old_.end(), time);
  RW_CHECK(found != old_.end() && *found == time, "a time that no message has");
  const std::uint64_t spread =
      old_.front() + std::uint64_t{kGap} * static_cast<std::uint64_t>(found - old_.begin());
  RW_CHECK(spread <= std::numeric_limits<Time>::max(), "a word has four million stores");
  return static_cast<Time>(spread);
}

void forget_before(Word& w, Time time) {
  std::uint32_t gone = 0;
  for (; gone + 1 < w.count && w.message(gone + 1).time <= time; ++gone)
    w.open -= w.message(gone).taken ? 0 : 1;
  w.first += gone;
  w.count -= gone;
}

void make_room(Word& w, std::uint32_t at) {
  if (w.first + w.count == w.room.size()) {
    if (w.first <= 3 * w.count) {
      w.room.emplace_back();
    } else {  // most of it is of messages that are forgotten
      std::swap_ranges(w.room.begin() + w.first, w.room.end(), w.room.begin());
      w.first = 0;
    }
  }
  const auto first = w.room.begin() + w.first;
  std::rotate(first + at, first + w.count, first + w.count + 1);
}

Message& insert(Word& w, std::uint32_t index, std::uint64_t value, std::uint32_t serial) {
  RW_CHECK(index + 1 < w.count && has_gap(w, index), "no time is left between two messages");
  const Time before = w.message(index).time;
  const Time time = before + (w.message(index + 1).time - before) / 2;
  make_room(w, index + 1);
  ++w.count;
  ++w.open;
  Message& m = w.message(index + 1);
  begin(m, time, value, serial);
  return m;
}

}  // namespace rw::memory::weak
