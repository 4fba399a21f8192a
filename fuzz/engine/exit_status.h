// What racewalk's exit statuses mean (sysexits.h where it has one). kExitOwnBug, 70, is in check.h.
#pragma once

#include "fuzz/sync/check.h"

namespace rw::engine {

inline constexpr int kExitNothing = 0;   // nothing failed, or exactly what was expected
inline constexpr int kExitFound = 1;     // a failure where none was expected
inline constexpr int kExitOther = 2;     // another outcome than the expected failure
inline constexpr int kExitDiverged = 3;  // the replay diverged and missed what was expected
inline constexpr int kExitUsage = 64;    // bad command line or input
inline constexpr int kExitCannotWrite = 74;
inline constexpr int kExitInterrupted = 130;

}  // namespace rw::engine
