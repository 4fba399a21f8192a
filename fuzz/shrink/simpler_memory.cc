// A failure under sequential consistency is easier to follow than one that a stale value makes:
// does it need weak memory? The schedule of the weak run is tried under sc, and fresh ones.
#include "fuzz/shrink/passes.h"

namespace rw::shrink {

void simpler_memory(Search& search) {
  if (search.best().memory == exec::Memory::sc) return;
  program::Program candidate = search.best();
  candidate.memory = exec::Memory::sc;
  const exec::Decisions decisions = candidate.schedule.decisions;
  search.offer(candidate, {decisions}, search.searches());
}

}  // namespace rw::shrink
