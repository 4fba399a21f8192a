// A saved program as a case of a CI report (fuzz/report/ci_report.h).
//
// The file has no room for the failure itself, but it fails again: its program is run once more,
// with a trace. What ends the process is run in a child, and has no trace.
//
// Promises: the caller survives whatever the program does. (In TSan builds what ends the process is
// run only before anything else was, see dying.h; later it counts as a program that does not fail.)
// Leaves out: whether the outcome is good or bad; the caller knows what it expects.
#pragma once

#include <string>

#include "fuzz/program/program.h"
#include "fuzz/report/ci_report.h"

namespace rw::engine {

struct SavedProgram {
  const program::Program& program;
  std::string file;     // where it is; empty: nowhere
  std::string command;  // how racewalk is called
};

// A case with all but its outcome and its reason; `finding` is empty if the program did not fail.
// `divergence` is told where the schedule could not be followed; it may be null.
report::Case case_of(const SavedProgram& saved, const std::string& name,
                     std::string* divergence = nullptr);

// The same of a finding in a campaign's folder. If this build does not see the failure again (a
// sanitizer's is seen by its build alone), the words saved beside the program stand for it.
report::Case case_of_finding(const SavedProgram& saved, const std::string& name);

}  // namespace rw::engine
