// Fences in ThreadSanitizer's eyes: it does not know them, so a steered execution tells it what
// each one orders.
//
// An acquire fence acquires what the task's relaxed loads have met; a relaxed store releases what
// the task had done at its last release fence (C++20, [atomics.fences]). TSan hands clocks over
// between a thread and an address only, so for each task two helper fibers, which do nothing else,
// carry them from address to address.
//
// Promises: TSan orders by a fence exactly what the own detector does (memory/sc.h), but for a
// relaxed store that ends a release sequence, which TSan lets go on.
// Leaves out: threads mode, where hooks.cc takes all fences for one object.
#pragma once

#include <cstdint>

#include "fuzz/memory/clock.h"
#include "fuzz/sync/order.h"

namespace rw::exec::tsan_fence {

#if defined(RACEWALK_TSAN)
// The relaxed load of `word` by `task` has met a message that only a fence acquires.
void relaxed_load(unsigned task, const void* word);
// The relaxed store of `word` by `task` publishes what its last release fence set.
void relaxed_store(unsigned task, const void* word);
void fence(unsigned task, sync::order o);
#else
inline void relaxed_load(unsigned, const void*) {}
inline void relaxed_store(unsigned, const void*) {}
inline void fence(unsigned, sync::order) {}
#endif

}  // namespace rw::exec::tsan_fence
