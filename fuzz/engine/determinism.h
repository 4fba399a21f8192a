// The determinism check: random inputs run twice in one process, and with ops drawn anew against
// the program that spells them out; and a digest to compare between processes and builds.
//
// Promises: every target takes part, with right and wrong designs; half of the inputs are random
// bytes, half come from the generator.
// Leaves out: threads mode, which is not deterministic.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "fuzz/program/program.h"

namespace rw::engine {

// A random program for `target`: any design that can be built, right or wrong, unless its
// known failure is the death of the process.
program::Program random_program(Target& target, std::uint64_t seed);

struct Determinism {
  std::uint64_t runs = 0;
  std::uint64_t failed = 0;  // runs that ended with a failure
  std::uint64_t steps = 0;
  std::uint64_t digest = 0;     // of all trace hashes and keys, in order
  std::uint64_t different = 0;  // inputs whose second run was not as the first
  std::string first_different;  // the first of them as text; empty if none
};

// One input of the check and the outcome of its first run: its trace hash and key as one number.
using EachInput = std::function<void(const program::Program& p, std::uint64_t outcome)>;

// Runs `runs` inputs drawn from `seed`, each twice, and twice again redrawn. `each` may be empty.
Determinism check_determinism(std::uint64_t runs, std::uint64_t seed, const EachInput& each = {});

}  // namespace rw::engine
