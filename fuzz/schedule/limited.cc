#include "fuzz/schedule/limited.h"

#include "fuzz/exec/executor.h"
#include "fuzz/exec/quiet.h"

namespace rw::schedule {

unsigned Limited::pick(const exec::View& view) {
  const unsigned task = inner_.pick(view);
  if (view.steps < steps_ || task == kGiveUp) return task;
  const exec::Quiet quiet;
  next_ = Next{task, exec::place_of(view.pending[task].where)};
  return kGiveUp;
}

}  // namespace rw::schedule
