// A run as trace events in JSON, for https://ui.perfetto.dev and chrome://tracing.
//
// One thread per task, one for set-up and one for the final checks; the number of a step is its
// time in microseconds. A slice is a step, inside the slice of its op; held locks are asynchronous
// slices, since they need not nest; flow arrows are happens-before edges.
//
// Promises: slices of a thread nest or are apart; every flow and every lock begins and ends once;
// times never fall. The format: Google, "Trace Event Format", 2016. Leaves out: real time. The
// model has none.
#pragma once

#include "fuzz/report/json.h"
#include "fuzz/report/run.h"

namespace rw::report {

Json perfetto(const Run& run);

}  // namespace rw::report
