// context: which kind of context a task runs in, and whether it may sleep there.
//
// Models preempt_count, in_atomic() and might_sleep() of CONFIG_PREEMPT_COUNT kernels with
// CONFIG_DEBUG_ATOMIC_SLEEP (2.6.32 to today). A task is a logical CPU.
// Promises: might_sleep() in atomic context is the failure "sleep-in-atomic" and names the
// outermost thing that made the context atomic. Bookkeeping only: no step, no happens-before.
// Simplified: no interrupt contexts; an RCU callback counts as softirq. Preemption itself changes
// nothing for a schedule: a task may be descheduled anywhere, as a virtual CPU may.
#pragma once

#include <cstdint>
#include <string>

#include "fuzz/sync/sync.h"
#include "fuzz/sync/tasks.h"

// On functions that touch bookkeeping shared by tasks outside the seam. No sanitizer may look at
// them, or it would see races on (and happens-before through) what no kernel has.
#define RW_UNINSTRUMENTED [[clang::disable_sanitizer_instrumentation]]

namespace rw::kernel {

using sync::kMaxTasks;
// Who may wait for a lock or in a wait queue: waiters are bits of a word.
inline constexpr unsigned kMaxLockTasks = 8;

// How an allocation may behave. GFP_KERNEL may sleep, the other two never do.
enum gfp_t : std::uint8_t { GFP_KERNEL, GFP_ATOMIC, GFP_NOWAIT };

void preempt_disable(sync::site where = sync::site::current());
void preempt_enable(sync::site where = sync::site::current());

// Whether the calling task may not sleep now.
bool in_atomic();
// How much work the calling task has done since its context became atomic, `more` units of it now;
// 0 outside. For oracles that bound what nobody can preempt.
unsigned atomic_work(unsigned more);
// What made its context atomic, for failure parts: a lock's field, or a call.
std::string atomic_since();
// Fails ("sleep-in-atomic") if the calling task may not sleep now.
void might_sleep(sync::site where = sync::site::current());

// For primitives: the calling task's context becomes atomic because of `object` (a lock, or null).
// `what` is the name of the call that did it, a literal.
void enter_atomic(const char* what, const void* object, sync::site where);
// Undoes the innermost enter_atomic of `object`; does nothing if there is none.
void leave_atomic(const void* object);

// The model name of `address` without the object's number: "anon_vma.refcount". For failure parts.
std::string field_name(const void* address);

// A new execution begins: every task is in process context.
void context_begin_execution();
// The calling task's op ends: fails ("lock-leak") if its context is still atomic.
void context_op_end(sync::site where);

}  // namespace rw::kernel
