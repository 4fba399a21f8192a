// What completion.cc shares with wait_queue.cc: both parts of a wait with the queue's lock held.
#pragma once

#include "targets/kernel/wait_queue.h"

namespace rw::kernel {

// The calling task is on the list and about to sleep.
void enqueue_locked(wait_queue_head_t* q, sync::site where);
// Wakes all that are on the list and empties it.
void wake_locked(wait_queue_head_t* q, sync::site where);

}  // namespace rw::kernel
