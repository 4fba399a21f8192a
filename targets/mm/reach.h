// Reach counters of mm: reach(reach_counter::cow_copied).
//
// Promises: never a step; counts since the process began. In threads mode a count may be lost.
#pragma once

#include <cstdint>

#include "fuzz/sync/sync.h"

namespace rw::mm {

enum class reach_counter : unsigned {
#define RW_REACH(name, what) name,
#include "targets/mm/reach.def"
#undef RW_REACH
  count
};

inline sync::tally<std::uint64_t> g_reach[static_cast<unsigned>(reach_counter::count)];

inline void reached(reach_counter c) {
  g_reach[static_cast<unsigned>(c)].count();
}

}  // namespace rw::mm
