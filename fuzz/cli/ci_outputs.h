// The reports for CI services that a command writes beside its own output: one option for each
// format of fuzz/report/ci_formats.def.
//
// Promises: they are written last, after every finding is saved; each is tried even if another
// cannot be written; files are whole or as they were. A folder that does not exist is told of
// before anything runs.
// Leaves out: the environment. GITHUB_STEP_SUMMARY and the like are for the shell to pass on
// (ci/fuzz does).
#pragma once

#include <string>
#include <vector>

#include "fuzz/cli/cli.h"
#include "fuzz/report/ci_report.h"

namespace rw::cli {

struct CiOutputs {
  std::vector<std::string> path;  // one per format; empty: not wanted
  std::vector<char> printed;      // one per format: whether it is wanted on standard output

  bool wanted() const;
};

// `outputs` must outlive the parsing.
void add_ci_options(CLI::App& command, CiOutputs& outputs);

// Stops with status 74 if a report could not be written where it is to go.
void check_ci(const CiOutputs& outputs);

// Writes what is wanted. Returns `report.exit_status`, or 74 after saying what could not be
// written. `json`: standard output carries a document, so what else is printed goes to standard
// error.
int write_ci(const CiOutputs& outputs, const report::CiReport& report, bool json);

// A report without cases, of the command that runs.
report::CiReport ci_report(const char* command, int exit_status);

}  // namespace rw::cli
