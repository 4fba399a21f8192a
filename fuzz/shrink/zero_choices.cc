// A choice that is not in the list takes its benign value.
#include <algorithm>

#include "fuzz/shrink/passes.h"

namespace rw::shrink {

void zero_choices(Search& search) {
  const auto choices = [&]() -> const auto& { return search.best().schedule.decisions.choices; };
  std::size_t length = choices().size();
  for (; length > 0; length /= 2) {
    for (std::size_t at = 0; at + length <= choices().size() && !search.done();) {
      program::Program candidate = search.best();
      auto& list = candidate.schedule.decisions.choices;
      const auto from = list.begin() + static_cast<std::ptrdiff_t>(at);
      list.erase(from, from + static_cast<std::ptrdiff_t>(length));
      if (!search.offer(std::move(candidate))) at += length;
    }
  }
}

}  // namespace rw::shrink
