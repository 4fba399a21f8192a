// A run to be looked at: its trace and what became of it, whatever that is.
//
// A run that ends its process (a wild pointer, a sanitizer's report, a loop without an end) is
// looked at up to the step before: it is made in forked children, of ever more steps, until one of
// them dies.
//
// Promises: the caller survives whatever the program does.
// Asked of the caller: it has one thread, and in TSan builds has made no run itself
// (exec/fiber.h, fiber_survives_fork).
// Leaves out: threads mode, which has no trace.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fuzz/exec/failure.h"
#include "fuzz/exec/trace.h"
#include "fuzz/program/program.h"

namespace rw::engine {

struct Look {
  exec::Trace trace;
  std::optional<exec::Failure> failure;
  std::string key;                   // of the failure; empty without one
  bool as_expected = false;          // what the file expects came, be it nothing
  bool diverged = false;             // the schedule could not be followed
  std::vector<std::string> remarks;  // what else a reader has to be told, a sentence each
};

Look look_at(const program::Program& p);

}  // namespace rw::engine
