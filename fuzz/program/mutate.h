// Mutation and crossover, on Programs rather than on their bytes.
//
// Promises: equal input gives an equal result; results are valid and encode(result) is at most
// `max_size` bytes (0 bytes is minimal(target), so any bound can be met; only then the design is
// not the one asked). Leaves out: choosing what is worth mutating, and expect, key and remarks,
// which are dropped: a changed program no longer fails as its file says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "fuzz/program/program.h"
#include "fuzz/target.h"

namespace rw::program {

// `pinned`: one value per axis; the result has these values, and open ones (kOpen, design.h) may
// change. Empty: the design stays as it is. `weights`: how often a schedule that is drawn anew
// takes each strategy (random_parts.h).
Program mutate(const Program& p, Design pinned, std::uint64_t seed, std::size_t max_size,
               std::span<const std::uint32_t> weights = {});

// A child of two programs for the same target. `pinned` as above.
Program crossover(const Program& a, const Program& b, Design pinned, std::uint64_t seed,
                  std::size_t max_size);

}  // namespace rw::program
