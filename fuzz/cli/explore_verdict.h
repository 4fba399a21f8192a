// What `racewalk explore` says at its end: the verdict, how far it came, what to do next.
//
// Promises: "all" only of an exploration that is complete; of another one what has been covered and
// what is known to be left. Leaves out: how the failure looks (engine::summary_of).
#pragma once

#include <optional>
#include <string>

#include "fuzz/engine/explore.h"
#include "fuzz/engine/run.h"

namespace rw::cli {

struct ExploreVerdict {
  std::string file;               // the program's
  program::Program program;       // as it was explored
  std::int64_t preemptions = -1;  // the bound; -1: none
  std::string state;              // file that has what is left; empty: none
  std::string saved;              // file that has the failure's program; empty: none
  engine::Exploration all;
  double guessed = 0;           // executions in all, by a guess; 0: not known
  std::optional<double> share;  // of those that have been run, by the guess; empty: not known
  std::optional<engine::Found> found;
};

// With the line break.
std::string text_of(const ExploreVerdict& verdict);
std::string json_of(const ExploreVerdict& verdict, int status);

}  // namespace rw::cli
