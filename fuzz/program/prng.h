// Prng under this room's name; the strategies below use the same one.
#pragma once

#include "fuzz/exec/prng.h"

namespace rw::program {
using exec::Prng;
}  // namespace rw::program
