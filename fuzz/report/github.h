// Annotations of GitHub Actions: workflow commands, one line for each failure.
//
//   ::error file=targets/mm/zap.cc,line=214,title=k1-stale-tlb-0123abcd::stale-tlb: ...
//
// Promises: at most kMostAnnotations lines, as many as GitHub shows of one step; the last one says
// how many more there are. Nothing is printed for what passed.
// Leaves out: whether GitHub is there. Elsewhere the lines are only text.
#pragma once

#include <string>
#include <string_view>

#include "fuzz/report/ci_report.h"

namespace rw::report {

inline constexpr std::size_t kMostAnnotations = 10;

std::string github(const CiReport& report);

}  // namespace rw::report
