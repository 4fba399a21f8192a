// What need not run beside anything belongs to set-up: it makes the concurrent part smaller.
#include "fuzz/shrink/passes.h"
#include "fuzz/shrink/rekey.h"

namespace rw::shrink {

void move_to_setup(Search& search) {
  for (std::size_t t = 0; t < search.best().tasks.size(); ++t) {
    for (bool moved = true; moved && !search.done();) {
      const program::Program& best = search.best();
      if (best.tasks[t].size() < 2) break;  // a task without ops would say nothing
      if (best.setup.size() >= program::kMaxOpsPerList) return;
      Selection selection = everything(best);
      selection.keep[t][0] = false;
      program::Program candidate = selected(best, selection);
      candidate.setup.push_back(best.tasks[t].front());
      moved =
          search.offer(candidate, rekeyed(best.schedule.decisions, selection), search.searches());
    }
  }
}

}  // namespace rw::shrink
