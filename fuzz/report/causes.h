// What a failure depends on, read off its trace: the facts that a reader asks for next, by kind.
//
//   use-after-free, double-free, data-race   who made, freed and used it; which locks each side
//                                            held, and whether anything orders the two
//   deadlock, lost-wakeup                    who holds what and waits for whom; the last wake-up
//   lock-order                               who took the locks the other way round
//   all others                               what it depends on (decisive.h), and which locks each
//                                            task held
//
// Promises: each is a fact of the trace. Leaves out: the run itself (explain.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fuzz/report/holds.h"

namespace rw::report {

struct Cause {
  std::string text;                  // a sentence or two
  std::optional<std::size_t> event;  // index of the event that it begins with
};

std::vector<Cause> causes_of(const exec::Trace& trace, const exec::Failure& failure);

// "a and b (read)"; "" of none.
std::string listed_locks(const std::vector<const Hold*>& held);

}  // namespace rw::report
