// Happens-before between tasks: where one task learnt what another had done.
//
// An edge leads from a release (an unlock, a store with release order, a fence, the end of a read
// section) to the access by which another task acquired it. They are read off the vector clocks in
// the trace (fuzz/memory/clock.h), the ones that races are judged by, so grace periods and
// declared edges show like locks do.
//
// Promises: each edge is one of the execution's happens-before order; together with the tasks' own
// order they give all of it between events of the parallel part, for what follows from other edges
// is left out and nothing else is.
// Leaves out: the start and the end of the tasks, which order everything.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fuzz/exec/trace.h"

namespace rw::report {

struct Edge {
  std::size_t from = 0, to = 0;  // indices of events; from < to
  std::string over;              // what carried it: "mm_struct#0.mmap_sem", "srcu_read_unlock"
};

// In the order of `to`.
std::vector<Edge> edges_of(const exec::Trace& trace);

}  // namespace rw::report
