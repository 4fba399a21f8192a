// The marks of a picture: which rows failed, and which rows they failed against.
//
// Promises: at least one row is marked as failed; a row is added where the failing step left no
// event behind (an access is checked before it is made).
// Leaves out: where marks stand on a line (table.cc).
#pragma once

#include "fuzz/report/rows.h"

namespace rw::report {

void mark_failure(Picture& picture, const exec::Trace& trace, const exec::Failure& failure);

}  // namespace rw::report
