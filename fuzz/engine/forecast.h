// How many steps the tasks of a program will make, from the runs before it.
//
// PCT and delay bounding spread their few change points over the steps of a run, and a point behind
// its end is wasted. Their authors ask the user for the number; a campaign can know: a mutated
// program makes about as many steps as its parent did, a new one as many per op as the average.
//
// Promises: the forecast stands in the program (Schedule::steps), so a stored program runs the same
// without the campaign. Leaves out: exactness; a schedule that blocks much changes the number.
#pragma once

#include <cstdint>

#include "fuzz/exec/execution.h"
#include "fuzz/program/program.h"

namespace rw::engine {

class StepForecast {
 public:
  // `p` has run.
  void saw(const program::Program& p, const exec::Result& result);
  // Writes down in `p`, which has run and is to be a parent, what its tasks made.
  static void note(program::Program& p, const exec::Result& result);
  // Writes a forecast into `p`, if it has a generator: from `parent`, or from the average if that
  // is null or says nothing.
  void expect(program::Program& p, const program::Program* parent) const;

 private:
  // Of the last few thousand runs: both are halved when they grow large.
  std::uint64_t steps_ = 0;
  std::uint64_t ops_ = 0;
};

}  // namespace rw::engine
