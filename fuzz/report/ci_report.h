// What a continuous-integration service is told of a run: cases, each of which passed or failed.
//
// Every command that can fail fills the same CiReport; every format (ci_formats.def) is a function
// from it to text. A case that failed as its file expects has passed; its finding is kept all the
// same, for formats that list failures rather than tests.
//
// Promises: a format's text is a function of the report alone: no clock, no host, no folder. Adding
// one is a file in fuzz/report and a line in ci_formats.def.
// Leaves out: making cases (fuzz/engine/ci_case.h) and writing files (fuzz/cli/ci_outputs.h).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fuzz/exec/trace.h"
#include "fuzz/report/json.h"
#include "fuzz/target.h"

namespace rw::report {

struct Case {
  enum class Outcome : std::uint8_t { passed, failed, skipped };

  const Target* target = nullptr;  // never null: its name is the suite
  std::string name;                // unique in its suite: a key, a file or a rule
  Outcome outcome = Outcome::passed;
  bool error = false;              // it failed because it could not be run, as JUnit has it
  std::string why;                 // one sentence; empty only if it passed
  double seconds = 0;              // 0: not measured
  std::string design;              // "axis=value ..." of every axis; empty: unknown
  std::string replay;              // the command that runs it again; empty: nothing is saved
  std::string mermaid;             // a sequence diagram in Mermaid's language; empty: none
  std::optional<Finding> finding;  // the failure that came, expected or not
  exec::Trace trace;               // of the finding; empty on threads and after deaths
};

struct CiReport {
  std::string command;       // "fuzz"
  std::string command_line;  // as a shell takes it
  std::string version;       // racewalk's
  int exit_status = 0;       // of the command, unless a report cannot be written
  std::vector<Case> cases;
};

// Where a format's text goes.
enum class CiSink : std::uint8_t {
  file,             // a file of its own
  appended,         // the end of a file that others write to as well
  standard_output,  // standard error if standard output carries JSON
};

struct CiFormat {
  const char* option;  // "--sarif"
  const char* help;
  CiSink sink;
  std::string (*text)(const CiReport& report);
};

// In the order of ci_formats.def.
std::span<const CiFormat> ci_formats();

// The table and the stacks, without the program. Of a finding without a trace: what was saved.
std::string picture_of(const Case& c);

std::size_t count(const CiReport& report, Case::Outcome outcome);

}  // namespace rw::report
