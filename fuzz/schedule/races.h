// Races of a profiled run: pairs of its steps that could have come the other way round.
//
// In the sense of partial-order reduction, whether or not an oracle would call it a data race: two
// tasks' steps conflict, and when the second was made its task had come by nothing that followed
// the first (by conflicts, as in happens-before). So not what a lock orders, but the locking
// itself. Promises: a function of the profile. Leaves out: a second step that waits (to come before
// what wakes it, it would wait for it); with several others before a step, all but the last of
// them; what lies more than kLookBack accesses of the location back, and what comes after
// kMostRaces.
#pragma once

#include <cstdint>
#include <vector>

#include "fuzz/schedule/profile.h"

namespace rw::schedule {

// Indices in Profile::accesses.
struct Race {
  std::uint16_t first = 0;
  std::uint16_t second = 0;
};

inline constexpr unsigned kLookBack = 32;
inline constexpr unsigned kMostRaces = 256;

// In the order of their second steps, one for each pair of places (a place is one task's).
std::vector<Race> races_of(const Profile& profile);

}  // namespace rw::schedule
