// grace: the one grace-period algorithm beneath RCU and SRCU.
//
// Each task has a word per domain that is odd while it is inside a read section. A grace period looks
// at all words once and waits for each odd one to change. The words are coherent state; the
// ordering is declared: a section's end is ordered before the end of each grace period that comes
// after it, a grace period's start before each section that begins after it.
// Simplified: sections of one task in one domain that overlap without nesting count as one section.
// A section is left by the task that entered it.
#pragma once

#include <cstdint>

#include "fuzz/sync/sync.h"
#include "targets/kernel/context.h"

namespace rw::kernel {

struct grace_domain {
  sync::coherent<std::uint32_t> section[kMaxTasks];  // odd: task t is inside a read section
  sync::coherent<std::uint32_t> queued;              // callbacks waiting or running
  sync::ghost<std::uint8_t> depth[kMaxTasks];        // nesting of task t's section, its own
};

// What a grace period that starts now has to wait for.
struct grace_snapshot {
  std::uint32_t section[kMaxTasks];
};

void grace_init(grace_domain* d, sync::site where);
// Return the nesting depth before and after, respectively.
unsigned grace_enter(grace_domain* d, sync::site where);
unsigned grace_leave(grace_domain* d, sync::site where);
bool grace_inside(const grace_domain* d);

grace_snapshot grace_start(grace_domain* d, sync::site where);
// Whether every section of the snapshot has ended. If so what they did is ordered before this.
bool grace_over(grace_domain* d, const grace_snapshot& since, sync::site where);
void grace_wait(grace_domain* d, const grace_snapshot& since, sync::site where);

}  // namespace rw::kernel
