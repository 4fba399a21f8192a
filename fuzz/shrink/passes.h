// The reduction passes, one per file, in the order in which a round goes through them.
//
// A pass proposes smaller programs to a Search until it knows no more, and returns at once when the
// search is done. Adding one is a file and a line in passes.def.
//
// Promises: a pass proposes the same things for the same best program.
// Leaves out: whether a proposal is taken (search.h).
#pragma once

#include "fuzz/shrink/search.h"

namespace rw::shrink {

#define RW_PASS(name, what) void name(Search& search);
#include "fuzz/shrink/passes.def"
#undef RW_PASS

}  // namespace rw::shrink
