// The core as one rw::Target, "mm".
#pragma once

#include "fuzz/target.h"

namespace rw::mm {

Target& target();

}  // namespace rw::mm
