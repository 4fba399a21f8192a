// What every field of every object held, row by row, from a trace's writes, births and deaths.
//
// Promises: a value is the newest one of its word, whatever a task may have read under weak memory.
// A field that another object of the same memory had does not show up in the later one.
// Leaves out: words of locks (bars show those); values of plain fields that a trace does not carry
// (larger than eight bytes, or a pointer out of the arena): they are null, "written".
#pragma once

#include "fuzz/report/json.h"
#include "fuzz/report/rows.h"

namespace rw::report {

// `failure` may be null. An array, first the objects that its message names, then in the order in
// which the tasks touch them:
//   name; born, died: rows, -1 before the first row or never; died_by: task; uses: rows;
//   fields: name, value (before the first row; left out if unknown), changes: [row, value, task]
Json object_states(const exec::Trace& trace, const exec::Failure* failure, const Picture& picture);

}  // namespace rw::report
