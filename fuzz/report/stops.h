// The events of a trace that a debugger stops at to show why an execution failed.
//
// Promises: the stops are in the order in which they happened, and the failure itself comes behind
// them. A race has the access it raced with, a use after free the free, an uninitialised read and a
// leak the allocation, a deadlock each task's wait; any other failure what it depends on
// (decisive.h).
//
// Leaves out: what a person reads without a debugger (table.h).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fuzz/exec/failure.h"
#include "fuzz/exec/trace.h"

namespace rw::report {

struct Stop {
  std::size_t event = 0;  // number in the trace, from 1
  std::string what;       // "frees anon_vma#0", in the words of the table
};

// Empty if no event stands out.
std::vector<Stop> stops_of(const exec::Trace& trace, const exec::Failure& failure);

// What the failing step was about, by the failure's own words: "anon_vma#0.root"; "" if unknown.
std::string object_in_message(const exec::Trace& trace, const exec::Failure& failure);

// What the failing step did or was about to do: "frees anon_vma#0"; "" unless it is an access.
std::string failing_in_words(const exec::Trace& trace, const exec::Failure& failure);

// "writes page#1.flags", "frees page#1", "waits for file#0.i_mmap_mutex".
std::string in_words(const exec::Event& event);

}  // namespace rw::report
