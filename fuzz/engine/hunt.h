// The hunt for one known-wrong rule: from an empty corpus, with the one default loop.
//
// The loop runs in a worker process, because some known bugs end the process they are found in.
// Promises: found means that a failure of a kind the rule lists was met, made sure of and shrunk;
// failures of other kinds do not end the hunt. Equal seeds run the same programs.
// Leaves out: weights, hints or budgets per bug; there are none.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "fuzz/engine/files.h"
#include "fuzz/program/program.h"
#include "fuzz/report/json.h"
#include "fuzz/target.h"

namespace rw::engine {

struct HuntOptions {
  Target* target = nullptr;
  const Rule* rule = nullptr;
  double seconds = 60;
  std::uint64_t seed = 1;
  std::string strategy = "auto";  // or the name of one
  std::string folder;             // for the worker's files; made if need be
  double hang_seconds = 20;
  std::function<bool()> stop;
};

struct Hunted {
  report::HuntEntry entry;
  program::Program program;         // what was found, shrunk; target null if nothing was
  std::vector<std::string> others;  // keys of failures of kinds the rule does not list
  std::string error;                // why it ended itself; empty: it did not
  bool own_bug = false;             // then: racewalk is at fault; else something cannot be written
};

Hunted hunt(const HuntOptions& options);

}  // namespace rw::engine
