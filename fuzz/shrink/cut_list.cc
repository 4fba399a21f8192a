// The list of a run without an end is as long as the step budget; a livelock rarely needs more than
// its beginning, because behind the list every task gets its turn anyway.
#include "fuzz/shrink/passes.h"

namespace rw::shrink {

void cut_list(Search& search) {
  if (search.best().schedule.decisions.segments.size() <= kLongList) return;
  for (const std::size_t length : {0U, 4U, 16U, 64U}) {
    program::Program candidate = search.best();
    candidate.schedule.decisions.segments.resize(length);
    if (search.done() || search.offer(std::move(candidate))) return;
  }
}

}  // namespace rw::shrink
