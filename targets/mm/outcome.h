// What an op came to, in words: null if it has done what it is there for, else why it has not.
#pragma once

#include "targets/mm/reach.h"

namespace rw::mm {

using outcome = const char*;

inline constexpr outcome kNoArea = "nothing is mapped there";
inline constexpr outcome kNoMemory = "no memory";

// An allocation has failed: counts that.
inline outcome no_memory() {
  reached(reach_counter::allocation_failed);
  return kNoMemory;
}

}  // namespace rw::mm
