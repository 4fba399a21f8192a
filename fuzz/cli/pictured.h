// What show and explain have in common: a file, run once, as the reports want it.
#pragma once

#include <string>

#include "fuzz/cli/cli.h"
#include "fuzz/engine/look.h"
#include "fuzz/report/json.h"
#include "fuzz/report/run.h"

namespace rw::cli {

struct Pictured {
  // Runs the program in `file` once; stops with status 64 if there is none. `target` as program_in.
  Pictured(const std::string& file, const std::string& target);
  Pictured(const Pictured&) = delete;
  Pictured& operator=(const Pictured&) = delete;

  engine::Look look;
  report::Run run;  // points into `look`
  int status = 0;   // as that of replay
};

// The remarks, each on a line of standard error.
void complain_of(const std::vector<std::string>& remarks);

// "document": `kind`, with the fields that both commands have.
report::Json pictured_document(const char* kind, const Pictured& pictured);

}  // namespace rw::cli
