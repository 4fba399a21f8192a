// JUnit XML: one suite per target, one case per key, rule or file.
//
//   <testsuites name="racewalk replay" tests="1" failures="1" ...>
//     <testsuite name="mm" ...>
//       <testcase classname="racewalk.mm" name="repro/mm/x.race" time="0.012">
//         <failure type="stale-tlb" message="...">the picture</failure>
//         (or, if there is no outcome, <error type="unreadable" message="..."/>)
//         <system-out>the program, the picture and the command to replay it</system-out>
//
// The format has no standard; these are the elements and attributes that Jenkins, GitLab and
// python3-junitparser read alike.
//
// Promises: well-formed XML 1.0 whatever the texts hold: characters that XML cannot carry become
// U+FFFD.
// Leaves out: time stamps and the host, so equal runs give equal files but for the times taken.
#pragma once

#include <string>
#include <string_view>

#include "fuzz/report/ci_report.h"

namespace rw::report {

std::string junit(const CiReport& report);

// `text` for an element's content or an attribute in double quotes.
std::string xml_escaped(std::string_view text);

}  // namespace rw::report
