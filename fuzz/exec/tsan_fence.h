// Fences in ThreadSanitizer's eyes: it does not know them, so a steered execution tells it what
// each one orders.
//
// An acquire fence acquires what the task's relaxed loads have met; a relaxed store releases what
// the task had done at its last release fence (C++20, [atomics.fences]). TSan hands clocks over
// between a thread and an address only, so for each task two helper fibers, which do nothing else,
// carry them from address to address.
//
// Under a weak memory model TSan does not know either which message a load takes. There the word
// itself is accessed relaxed, and each message has an address of its own that stands for it.
//
// Promises: TSan orders exactly what the own detector does (memory/sc.h), but under sc for a
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

// Messages by their serial numbers in the execution, from 1. A new one: a store's, or that of a
// read-modify-write of `before`, whose release sequence it carries on.
void message(std::uint32_t serial, std::uint32_t before);
// `task` has read it, or written it, with order `o`.
void take(unsigned task, std::uint32_t serial, sync::order o);
void give(unsigned task, std::uint32_t serial, sync::order o);
#else
inline void relaxed_load(unsigned, const void*) {}
inline void relaxed_store(unsigned, const void*) {}
inline void fence(unsigned, sync::order) {}
inline void message(std::uint32_t, std::uint32_t) {}
inline void take(unsigned, std::uint32_t, sync::order) {}
inline void give(unsigned, std::uint32_t, sync::order) {}
#endif

}  // namespace rw::exec::tsan_fence
