// Random parts of programs that the generator, mutation and redrawing share.
#pragma once

#include "fuzz/program/prng.h"
#include "fuzz/program/program.h"

namespace rw::program {

// A generator schedule: any strategy, any seed, a stream if it reads one.
Schedule random_schedule(Prng& prng);

// Bytes for a strategy that reads a stream: zeros (no preemption, first value) with other values
// strewn in at a density of its own.
std::vector<std::uint8_t> random_stream(Prng& prng);

// A value for an operand; mostly one that the program uses already, so that ops keep meeting on the
// same objects.
std::uint8_t random_value(const Program& p, const OperandKind& kind, Prng& prng);

}  // namespace rw::program
