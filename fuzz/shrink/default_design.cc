// A failure in a design with one wrong value says more than one in a design with five odd ones.
#include "fuzz/shrink/passes.h"

namespace rw::shrink {

namespace {

bool offer_design(Search& search, const program::Program& candidate) {
  const exec::Decisions decisions = candidate.schedule.decisions;
  return search.offer(candidate, {decisions}, search.searches());
}

}  // namespace

void default_design(Search& search) {
  if (search.best().granularity != exec::Granularity::coarse) {
    program::Program candidate = search.best();
    candidate.granularity = exec::Granularity::coarse;
    offer_design(search, candidate);
  }
  if (!search.may_simplify_design()) return;
  program::Program all = search.best();
  all.design.assign(all.design.size(), 0);
  if (all.design == search.best().design || offer_design(search, std::move(all))) return;
  for (std::size_t axis = 0; axis < search.best().design.size() && !search.done(); ++axis) {
    if (search.best().design[axis] == 0) continue;
    program::Program candidate = search.best();
    candidate.design[axis] = 0;
    offer_design(search, candidate);
  }
}

}  // namespace rw::shrink
