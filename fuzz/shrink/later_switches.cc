// A switch is easiest to understand where its task ends or blocks: such a stop is no preemption.
#include "fuzz/shrink/passes.h"
#include "fuzz/shrink/rekey.h"

namespace rw::shrink {

void later_switches(Search& search) {
  using exec::Segment;
  for (std::size_t i = 0; i < search.best().schedule.decisions.segments.size(); ++i) {
    if (search.done()) return;
    program::Program candidate = search.best();
    std::vector<Segment>& segments = candidate.schedule.decisions.segments;
    if (segments[i].until != Segment::Until::step) continue;
    segments[i] = Segment{.task = segments[i].task,
                          .until = Segment::Until::end,
                          .op = 0,
                          .visit = 0,
                          .function = {}};
    search.offer(std::move(candidate));
  }
}

}  // namespace rw::shrink
