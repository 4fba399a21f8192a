// Mutation of a program's schedule; part of mutate.h.
#pragma once

#include "fuzz/program/prng.h"
#include "fuzz/program/program.h"

namespace rw::program {

// Makes one edit of p's schedule; false if the one drawn is not possible here. The result may need
// normalise().
bool mutate_schedule(Program& p, Prng& prng);

}  // namespace rw::program
