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

}  // namespace rw::memory::weak
