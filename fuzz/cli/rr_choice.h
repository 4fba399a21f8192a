// `--rr auto|hw|soft|off|PATH`, which several commands take.
#pragma once

#include <string>

#include "fuzz/engine/rr_probe.h"

namespace rw::cli {

inline constexpr const char* kRrHelp =
    "auto (default): hardware counters, else software counters, else no rr; hw; soft; off; or the "
    "rr to use (else RACEWALK_RR, or that of PATH)";

// Stops with status 64 if `choice` names no program.
void check_rr(const std::string& choice);
// Tries what `choice` allows, on this machine, now. Checks it first; Ctrl-C ends it.
engine::RrProbe probe_for(const std::string& choice);
// Whether the user asked for rr, rather than for whatever there is.
bool insists(const std::string& choice);

}  // namespace rw::cli
