// SARIF 2.1.0 (OASIS Standard, 2020, with errata 01 of 2023): the failures of a run for code
// scanning.
//
// One result per case that has a finding:
//   ruleId                 the failure's kind; the rules carry the sentences of the kinds.def files
//   partialFingerprints    racewalkKey/v1: the key; primaryLocationLineHash, by which GitHub tells
//                          alerts apart, is the key's hash: one bug is one alert wherever it fails
//   locations              the step that failed
//   relatedLocations       the steps it failed against: the other access, the free, who else waits
//   codeFlows              one, with a thread flow per task; executionOrder counts through all of
//                          them, so that together they are the interleaving; of more than 400
//                          steps the middle is left out
//   suppressions           one, if the failure was expected
//   properties             key, target, design, file, replay (a command), program
//
// Promises: valid by the published schema (ci/check_report.py); uris are relative to SRCROOT, the
// top of the source tree, which the reader knows and the file does not say.
// Leaves out: cases without a finding. A hunt that missed is no place in a source file: JUnit has
// it.
#pragma once

#include <string>
#include <string_view>

#include "fuzz/report/ci_report.h"

namespace rw::report {

std::string sarif(const CiReport& report);

// A path as a relative reference (RFC 3986): what is not allowed in one is percent-encoded.
std::string uri_of(std::string_view path);

}  // namespace rw::report
