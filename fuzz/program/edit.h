// Edits of a Program that keep its list of decisions pointing at the ops they meant.
//
// Promises: a valid program stays valid, except that list bounds (kMaxOpsPerList, kMaxCodecTasks)
// are checked, not enforced. A generator schedule is left as it is.
// Leaves out: choosing an edit (mutate.h, fuzz/shrink).
#pragma once

#include <cstddef>

#include "fuzz/program/program.h"

namespace rw::program {

inline constexpr int kSetup = -1;  // instead of a task's number

// The set-up (kSetup) or the ops of task `list`.
std::vector<Op>& ops_of(Program& p, int list);
const std::vector<Op>& ops_of(const Program& p, int list);

// Inserts `op` in front of the `at`-th op; decisions about later ops of the task move along.
void insert_op(Program& p, int list, std::size_t at, const Op& op);

// Removes the `at`-th op and the decisions about it; those about later ops move along.
void erase_op(Program& p, int list, std::size_t at);

// Removes task `t` (not the only one) and its decisions; later tasks are renumbered.
void erase_task(Program& p, std::size_t t);

// Exchanges two tasks, and their names in the decisions.
void swap_tasks(Program& p, std::size_t a, std::size_t b);

}  // namespace rw::program
