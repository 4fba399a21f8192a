// failable: allocations that fail when a program says so.
//
// Models CONFIG_FAULT_INJECTION's failslab and fail_page_alloc (2.6.20 to today) in the form of
// /proc/<pid>/fail-nth: the n-th next allocation of one task fails, then injection is off.
// Promises: no choice, no step: whether an allocation fails is part of the program.
#pragma once

namespace rw::kernel {

// The calling task's `n`-th next allocation fails: 1 is the next one. 0 switches injection off.
void fail_next_allocation(unsigned n);
// For allocators: whether this allocation of the calling task is the one. Counts it.
bool should_fail();

void failable_begin_execution();

}  // namespace rw::kernel
