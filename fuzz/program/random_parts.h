// Random parts of programs that the generator, mutation and redrawing share.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fuzz/program/prng.h"
#include "fuzz/program/program.h"

namespace rw::program {

// A generator schedule: any strategy, drawn in proportion to its weight, any seed, a stream if it
// reads one. `weights`: one per strategy, not all 0; empty: those of strategies.def.
Schedule random_schedule(Prng& prng, std::span<const std::uint32_t> weights = {});

// Bytes for a strategy that reads a stream: zeros (no preemption, first value) with other values
// strewn in at a density of its own.
std::vector<std::uint8_t> random_stream(Prng& prng);

// A value for an operand; mostly one that the program uses already, so that ops keep meeting on the
// same objects.
std::uint8_t random_value(const Program& p, const OperandKind& kind, Prng& prng);

}  // namespace rw::program
