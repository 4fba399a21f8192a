// The two halves of mutation (mutate.h): a program's ops and its schedule.
#pragma once

#include <cstdint>
#include <span>

#include "fuzz/program/prng.h"
#include "fuzz/program/program.h"

namespace rw::program {

// Each makes one edit drawn from `prng`, or returns false if that one is not possible here. The
// result may need normalise(). `weights` as for random_schedule().
bool mutate_ops(Program& p, Prng& prng);
bool mutate_schedule(Program& p, Prng& prng, std::span<const std::uint32_t> weights);

}  // namespace rw::program
