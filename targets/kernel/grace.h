// grace: the one grace-period algorithm beneath RCU and SRCU.
//
// Each task has a word per domain that is odd while it is inside a read section. A grace period
// looks at all words once and waits for each odd one to change. The words are coherent state; the
// ordering is declared: a section's end is ordered before the end of each grace period that comes
// after it, a grace period's start before each section that begins after it.
// Simplified: sections of one task in one domain that overlap without nesting count as one section.
// A section is left by the task that entered it.
#pragma once

#include <cstdint>

#include "fuzz/sync/sync.h"
#include "targets/kernel/context.h"

namespace rw::kernel {

struct rcu_head;

struct grace_domain {
  sync::coherent<std::uint32_t> started;  // grace periods; carries their ordering
  sync::coherent<std::uint32_t> queued;   // callbacks that wait or run; carries their ordering
  // Odd: task t is inside a read section. kAwaited is set beside: somebody waits for its end.
  sync::coherent<std::uint32_t> section[kMaxTasks];
  sync::ghost<std::uint32_t> depth[kMaxTasks];  // nesting of task t's section; its own affair

  static constexpr std::uint32_t kAwaited = 1U << 31;
};

// What a grace period that starts now has to wait for: the section words, kAwaited taken out.
struct grace_snapshot {
  std::uint32_t section[kMaxTasks];
};

void grace_init(grace_domain* d, sync::site where);
// `name`: the public call, for the operation scope; a nested call is no step. Return the nesting
// depth before and after, respectively.
unsigned grace_enter(grace_domain* d, const char* name, sync::site where);
unsigned grace_leave(grace_domain* d, const char* name, sync::site where);
bool grace_inside(const grace_domain* d);

grace_snapshot grace_start(grace_domain* d, sync::site where);
// Whether every section of the snapshot has ended. If so, what they did is ordered before this.
bool grace_over(grace_domain* d, const grace_snapshot& since, sync::site where);
// Blocks until then. `name`: the public call.
void grace_wait(grace_domain* d, const grace_snapshot& since, const char* name, sync::site where);

// ---- callbacks ----------------------------------------------------------------------------------

// func(head) after a grace period of `d`; in atomic context if `atomic`.
void grace_call(grace_domain* d, rcu_head* head, void (*func)(rcu_head*), bool atomic,
                sync::site where);
// Runs those of the calling task's callbacks that are ready, as the schedule chooses; the atomic
// ones or the others.
void grace_run_callbacks(bool atomic, sync::site where);
// Waits until no callback of `d` waits or runs.
void grace_barrier(grace_domain* d, const char* name, sync::site where);

void grace_begin_execution();
// The calling task's op ends: fails ("lock-leak") if it is inside a section of any domain.
void grace_op_end(sync::site where);
// All tasks have ended: what is still queued, of any task and domain, runs now.
void grace_finish(sync::site where);

}  // namespace rw::kernel
