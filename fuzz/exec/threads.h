// Threads mode: each task is a real thread of a persistent pool; the seam's words are std::atomics.
//
// Waiting is our own futex on 32-bit words, in code ThreadSanitizer does not see: std::atomic::wait
// shares waiter slots between unrelated objects and so adds happens-before edges that hide races.
// Between executions the gates declare the one edge there is.
//
// Promises: a failure, or all tasks being blocked, ends the execution for every thread at its next
// seam call; nobody spins while waiting. What is reported is what happened, not what could.
// The steps of each task can be logged with their times (thread_log.h), enough to try and have the
// same order again.
// Leaves out: own race detection and lifetimes (the sanitizers do that here), traces.
#pragma once

#include "fuzz/exec/execution.h"

namespace rw::exec {

Result run_threads(Workload& workload, const Settings& settings);

namespace threads {
unsigned self();
bool abandoned();
void delay(const sync::site& where);     // jitter, before a step
void log_step(const sync::site& where);  // a step that is not delayed
void wait(const void* word, std::uint32_t expected, const sync::site& where);
void notify(const void* word, unsigned count, const sync::site& where);
void relax(const sync::site& where);
unsigned choose(unsigned n, const sync::site& where);
void op_begins();
void op_ends();
void ghost_lock();
void ghost_unlock();
void state_lock();  // the arena's and object tables
void state_unlock();
[[noreturn]] void fail(Failure failure);
}  // namespace threads

}  // namespace rw::exec
