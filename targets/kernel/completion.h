// completion: one task waits until another says that something is done.
//
// Models kernel/sched/completion.c (2.6 to today). Unlike a bare wait queue it may lie in memory
// that the waiter frees: the waiter goes only after it has held the lock that the completer
// released. Left out: time-outs and interruptible waits.
#pragma once

#include "targets/kernel/wait_queue.h"

namespace rw::kernel {

struct completion {
  sync::atomic<std::uint32_t> done;  // how many waits it will let through
  wait_queue_head_t wait;            // its lock protects `done`
};

void init_completion(completion* x, sync::site where = sync::site::current());
void complete(completion* x, sync::site where = sync::site::current());
void complete_all(completion* x, sync::site where = sync::site::current());
void wait_for_completion(completion* x, sync::site where = sync::site::current());
bool completion_done(const completion* x, sync::site where = sync::site::current());

}  // namespace rw::kernel
