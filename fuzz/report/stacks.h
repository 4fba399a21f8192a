// What each task was doing when the execution failed: its op, open operations and what it waits
// for.
//
//   T0 truncate f0 0 > zap_page_range   targets/mm/zap.cc:214   <- failed here
//   T1 munmap mm0 0x00 4 > down_write mm#0.mmap_sem   waits for mm#0.mmap_sem, held by T0
//
// Promises: one line per task, in task order.
// Leaves out: C++ call stacks; the sanitizers and the debugger have those.
#pragma once

#include <string>

#include "fuzz/exec/failure.h"

namespace rw::report {

// Empty if the failure lists no tasks (threads mode, sanitizer reports). Lines end in newlines.
std::string stacks(const exec::Failure& failure, unsigned width);

}  // namespace rw::report
