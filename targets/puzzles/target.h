// The puzzles as one rw::Target (puzzle.h says what a puzzle is).
#pragma once

#include "fuzz/target.h"

namespace rw::puzzles {

Target& target();

}  // namespace rw::puzzles
