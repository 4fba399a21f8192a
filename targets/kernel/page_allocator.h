// page_allocator: a fixed number of page frames.
//
// Models mm/page_alloc.c as its users see it: single frames, last freed first out (the per-CPU
// lists), or quarantine (a freed frame does not come back within the execution). A frame is a
// number; what a page is, and what its contents are, is the user's. Promises: bookkeeping only: no
// step, no happens-before but the one from a frame's free to its next allocation. Double free is a
// failure. Left out: orders above 0 (a huge page is a run of frames its user keeps together),
// zones.
#pragma once

#include <cstddef>
#include <cstdint>

#include "targets/kernel/context.h"
#include "targets/kernel/slab.h"

namespace rw::kernel {

inline constexpr unsigned kMaxFrames = 256;

struct frame_allocator;  // lives until the execution ends

// `count` frames, all free; the first allocations return 0, 1, 2, ... `objects`: an array in the
// arena with one element of `stride` bytes per frame (mem_map), which reports name. Call from
// Target::begin.
frame_allocator* frames_create(unsigned count, slab_reuse reuse, const void* objects,
                               std::size_t stride);

// Returns a frame, or -1 if none is left or the allocation is made to fail (failable.h).
int alloc_frame(frame_allocator* frames, gfp_t gfp = GFP_KERNEL,
                sync::site where = sync::site::current());
// `count` frames that lie together, the first one a multiple of `count`; -1 if there are none.
int alloc_frames(frame_allocator* frames, unsigned count, gfp_t gfp = GFP_KERNEL,
                 sync::site where = sync::site::current());
// Fails with "double-free" if the frame is free.
void free_frame(frame_allocator* frames, unsigned frame, sync::site where = sync::site::current());

// ---- for oracles: ghost data --------------------------------------------------------------------

bool frame_is_free(const frame_allocator* frames, unsigned frame);
// How often the frame has been allocated.
std::uint32_t frame_generation(const frame_allocator* frames, unsigned frame);
unsigned frames_free(const frame_allocator* frames);

void page_allocator_begin_execution();

}  // namespace rw::kernel
