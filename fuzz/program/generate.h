// The generator: a new Program from nothing.
//
// Promises: one generator for everything, with no input but target, design and seed, and no weights
// made for a particular bug; the result is valid and equal for equal input.
// Swarm testing (Groce, Zhang, Eide, Chen, Regehr: Swarm Testing, ISSTA 2012): each program leaves
// out some ops altogether and weighs the others wildly. Operands come from small pools drawn per
// program, so that tasks meet on the same few objects.
// Leaves out: learning from earlier runs; that is the corpus and mutate.h.
#pragma once

#include <cstdint>
#include <span>

#include "fuzz/program/program.h"
#include "fuzz/target.h"

namespace rw::program {

// `pinned`: one value per axis; open values (kOpen, design.h) are drawn. Empty: open_design().
// `weights`: how often the schedule takes each strategy (random_parts.h).
Program generate(Target& target, Design pinned, std::uint64_t seed,
                 std::span<const std::uint32_t> weights = {});

}  // namespace rw::program
