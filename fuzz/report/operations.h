// What happened inside each operation scope of a trace: a lock, an unlock, an RCU or a put call.
//
// Promises: a pure function of the trace; operations that were cut short have ended == false.
// Leaves out: words for it (rows.cc).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fuzz/exec/trace.h"

namespace rw::report {

struct Span {
  bool acquires = false, releases = false, waits = false, ended = false;
  bool started = false;              // something happened inside
  bool interrupted = false;          // then another task made a step
  std::vector<std::size_t> changes;  // indices of writes that left another value
  std::vector<std::size_t> loads;
};

// One per event; filled in for those of kind operation_begin. Nested operations count for the outer
// ones too.
std::vector<Span> measure_operations(const exec::Trace& trace);

inline bool is_lock(const Span& span) {
  return span.acquires || span.releases || span.waits;
}

// "mutex_is_locked", "refcount_read": what they are called for is the value.
inline bool is_probe(const std::string& operation) {
  return operation.find("_is_") != std::string::npos || operation.ends_with("_read");
}

}  // namespace rw::report
