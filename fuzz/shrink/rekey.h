// What becomes of a list of decisions when tasks and ops go: its op and task numbers shift.
//
// Promises: every entry of the result speaks of a task and op that is still there.
// Leaves out: entries whose step is gone for another reason (the op that is left runs shorter):
// replay passes over those.
#pragma once

#include <cstdint>
#include <vector>

#include "fuzz/program/program.h"

namespace rw::shrink {

// Which ops stay. keep[task][op]; a task of which keep_task is false goes with all its ops.
struct Selection {
  std::vector<bool> keep_setup;
  std::vector<bool> keep_task;
  std::vector<std::vector<bool>> keep;
};
Selection everything(const program::Program& p);

// The ops and tasks of `p` that stay; the schedule is left as it is.
program::Program selected(const program::Program& p, const Selection& selection);

// The decisions for selected(p, selection), in up to two ways: a segment that stopped inside an op
// that is gone is dropped (its task's work waits for its next segment), or runs on to the end of
// its task.
std::vector<exec::Decisions> rekeyed(const exec::Decisions& decisions, const Selection& selection);

// The decisions for `p` when the ops of task `from` stand behind those of task `to`, in two ways:
// the end of the first half is put off until the second half's turn, or the second half follows at
// once.
std::vector<exec::Decisions> joined(const program::Program& p, std::size_t from, std::size_t to);

// Joins neighbouring segments of one task.
void merge_neighbours(std::vector<exec::Segment>& segments);

}  // namespace rw::shrink
