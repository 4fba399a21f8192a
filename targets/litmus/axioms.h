// All outcomes that C++20 allows, by its axioms: every candidate (candidates.h), checked against
// the definitions of [intro.races], [atomics.order], [atomics.fences]. The words are the
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
