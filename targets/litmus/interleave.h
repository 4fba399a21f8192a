// All outcomes that sequential consistency allows, by trying every interleaving.
//
// A second implementation of the notation, on purpose: it shares nothing with the runner, the seam
// or the engine but the parser, so that the two can be held against each other.
//
// Promises: exact for terminating tests of at most kMaxThreads tasks. Register i of SRCU holds 0.
// Leaves out: data races; a plain access is an access like any other.
#pragma once

#include <set>

#include "targets/litmus/litmus.h"

namespace rw::litmus {

std::set<Final> outcomes_under_sc(const Litmus& test);

}  // namespace rw::litmus
