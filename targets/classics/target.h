// The classics as one rw::Target (classic.h says what a classic is).
#pragma once

#include "fuzz/target.h"

namespace rw::classics {

Target& target();

}  // namespace rw::classics
