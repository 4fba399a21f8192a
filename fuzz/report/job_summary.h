// A run in Markdown, for the job summary of GitHub Actions or the description of a merge request:
// a table of the cases, then the picture of each failure, folded away.
//
// Promises: at most kMostSummary bytes, a quarter of what GitHub takes of one step, so that four
// commands can add to one file; pictures that have no room are left out and counted.
// Leaves out: what passed, beyond its line in the table, which has the first kMostLines cases.
#pragma once

#include <string>
#include <string_view>

#include "fuzz/report/ci_report.h"

namespace rw::report {

inline constexpr std::size_t kMostSummary = 256U * 1024;  // bytes
inline constexpr std::size_t kMostLines = 200;

std::string job_summary(const CiReport& report);

// `code` as a block: its fence is longer than any run of backticks inside.
std::string code_block(std::string_view language, std::string_view code);

}  // namespace rw::report
