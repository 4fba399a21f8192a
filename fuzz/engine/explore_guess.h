// How large an exploration will be, before it is made.
//
// Promises: the same number for the same program, bound and build, from a few hundred random
// executions (schedule/probe.h). Leaves out: certainty; it may be a hundred times too low.
#pragma once

#include "fuzz/engine/explore.h"

namespace rw::engine {

// Executions that explore() would run, within options.settings and options.preemptions. 0: not
// known, for the executions are too long to tell.
double guess_executions(exec::Workload& workload, const ExploreOptions& options);

}  // namespace rw::engine
