// All outcomes that C++20 allows, by its axioms: every reads-from relation and every modification
// order, each checked against the definitions of [intro.races], [atomics.order], [atomics.fences].
//
// An implementation of the model that has no machine, no order of execution and no views, on
// purpose: it shares nothing with fuzz/memory but the parser's data, so that the two can be held
// against each other. Relations are tables of all pairs of events, and the words are the
// standard's.
//
// Promises: exact for C++ rows without plain data. As in the machine, loads see no stores that come
// later in program order and reads-from (RC11's way of forbidding values out of thin air).
// Leaves out: speed (programs of up to about eight events); races; the kernel's rows.
#pragma once

#include <set>

#include "targets/litmus/litmus.h"

namespace rw::litmus {

std::set<Final> outcomes_by_axioms(const Litmus& test);

}  // namespace rw::litmus
