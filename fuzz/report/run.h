// What the pictures are made of: one run of one program, with what is known about it.
//
// Leaves out: making the run (fuzz/engine).
#pragma once

#include <string>
#include <vector>

#include "fuzz/exec/failure.h"
#include "fuzz/exec/trace.h"

namespace rw::report {

struct Run {
  std::string file;     // the program's; as it was given
  std::string program;  // its text
  std::string target;
  std::string memory;                      // "sc", "weak", ...
  std::string key;                         // verdict::key_of(*failure); empty without a failure
  std::vector<std::string> remarks;        // what a reader has to be told first, a sentence each
  const exec::Failure* failure = nullptr;  // null: it did not fail
  const exec::Trace* trace = nullptr;      // required
};

}  // namespace rw::report
