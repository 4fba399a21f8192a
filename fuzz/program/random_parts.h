// Random parts of programs that the generator and mutation share.
#pragma once

#include "fuzz/program/prng.h"
#include "fuzz/program/program.h"

namespace rw::program {

// A generator schedule: any strategy, any seed, a stream if it reads one.
Schedule random_schedule(Prng& prng);

// Bytes for a strategy that reads a stream: zeros (no preemption, first value) with other values
// strewn in at a density of its own.
std::vector<std::uint8_t> random_stream(Prng& prng);

}  // namespace rw::program
