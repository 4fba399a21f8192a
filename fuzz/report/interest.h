// Which accesses of a trace a reader wants to see.
//
// Changes of values are always of interest. Of the reads, and of writes that change nothing, only
// those are that decide the failure or tell how the tasks met:
//   a read whose value another task changes while the reader's op goes on (what it knows is stale),
//   the first read of what another task has changed, made without a lock,
//   a write back of what had been read and was stale by then.
//
// Promises: a pure function of trace and failure.
// Leaves out: what an operation's own row already says (rows.cc).
#pragma once

#include <cstdint>
#include <vector>

#include "fuzz/exec/failure.h"
#include "fuzz/exec/trace.h"

namespace rw::report {

enum class Interest : std::uint8_t { none, tells, decides };

// One per event. `failure` may be null.
std::vector<Interest> interest_of(const exec::Trace& trace, const exec::Failure* failure);

bool is_access(const exec::Event& e);
bool is_change(const exec::Event& e);  // a store or read-modify-write that left another value

}  // namespace rw::report
