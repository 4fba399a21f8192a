// What a failure depends on that no access by itself is: an oracle's, an assertion's, a lock's.
//
// Each change that another task made is weighed: whether the message names what it is about or what
// it puts there, whether it is the place of the last access before the failure, whether the failing
// task has read it. The last of those that weigh most is the decisive one. After the tasks have
// ended it is any task's, and the last access of that place by another task comes with it. If no
// other task has a part in it: what the failing one or set-up did to what the message names, else
// the failing one's last change that the trace has words for. A held lock that the message speaks
// of is decisive, too, and so is where preemption went off; of a wrong order of locks who took them
// so.
//
// Promises: indices of events, none twice, in their order; a pure function of the run.
// Leaves out: failures that are about one access, and those of tasks that wait (stops.h).
#pragma once

#include <cstddef>
#include <vector>

#include "fuzz/exec/failure.h"
#include "fuzz/exec/trace.h"

namespace rw::report {

std::vector<std::size_t> decisive_events(const exec::Trace& trace, const exec::Failure& failure);

}  // namespace rw::report
