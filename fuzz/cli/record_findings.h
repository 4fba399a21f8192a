// `racewalk fuzz --rr` and `bugs --hunt --rr`: what was found, recorded when the search is over.
#pragma once

#include <string>
#include <vector>

#include "fuzz/report/json.h"

namespace rw::cli {

// Records each finding that has no recording yet and fails steered, as `racewalk record` does, and
// fills in its `recording`. Returns a line for people on each; Ctrl-C ends it.
std::vector<std::string> record_findings(std::vector<report::Finding>& findings,
                                         const std::string& rr);

}  // namespace rw::cli
