// The order in which a run took its locks, for Graphviz: racewalk show --dot - FILE | dot -Tsvg
//
// Promises: one node per lock (a deadlock) or kind of lock (all else); an edge from what was held
// to what was taken, with who and where; the orders that close a circle are red, a lock that was
// refused or is still waited for dashed.
// Leaves out: layout; dot does that.
#pragma once

#include <string>

#include "fuzz/report/run.h"

namespace rw::report {

std::string dot(const Run& run);

}  // namespace rw::report
