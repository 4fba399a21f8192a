// A table of conformance rows that a user wrote, as text.
//
//   row: mine1 store buffering with one fence
//   model: weak
//   T0: x.rlx=1; fence.sc; r0=y.rlx
//   T1: y.rlx=1; r0=x.rlx
//   outcome: 0:r0=0 & 1:r0=0
//   verdict: allowed
//
// `row:` begins a row: its name, one word, and what else there is to say. `model:` is weak (C++20)
// or lkmm. `verdict:` is allowed, forbidden or race; without it what is shown is the answer. Lines
// may stand in any order below `row:`, tasks in theirs. The statements are those of targets/litmus.
//
// Promises: a row that is returned can run; a mistake is `file:line: what, and what to write
// instead`. Leaves out: saving tables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fuzz/conformance.h"
#include "fuzz/program/result.h"

namespace rw::engine {

struct TableRow {
  std::string id;
  std::string name;
  bool kernel = false;
  std::string program;  // "T0: ... || T1: ..."
  std::string outcome;
  ModelVerdict verdict = ModelVerdict::unknown;

  // Valid as long as this is.
  ConformanceRow row() const {
    return {id.c_str(), name.c_str(), kernel, program.c_str(), outcome.c_str(), verdict, ""};
  }
};

// `file_name` is for errors only.
program::Result<std::vector<TableRow>> parse_table(std::string_view text,
                                                   std::string_view file_name);

}  // namespace rw::engine
