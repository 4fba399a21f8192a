#include "targets/kernel/page_allocator.h"

#include "targets/kernel/failable.h"

namespace rw::kernel {

struct frame_allocator {
  unsigned count;
  unsigned free;
  slab_reuse reuse;
  std::uintptr_t objects;
  std::size_t stride;
  std::uint32_t* handing;  // [frame]: in the arena; carries the order from a free to an allocation
  // Frames that may be handed out, the next one last.
  std::uint16_t stack[kMaxFrames];
  unsigned stacked;
  bool is_free[kMaxFrames];
  std::uint32_t generation[kMaxFrames];
};

namespace {

constexpr unsigned kMaxAllocators = 4;

// Shared by all tasks, changed inside ghost sections only.
frame_allocator g_allocators[kMaxAllocators];
unsigned g_allocator_count = 0;

const void* object_of(const frame_allocator* f, unsigned frame) {
  return reinterpret_cast<const void*>(f->objects + frame * f->stride);
}

RW_UNINSTRUMENTED void hand_out(frame_allocator* f, unsigned at) {
  const unsigned frame = f->stack[at];
  for (unsigned i = at + 1; i < f->stacked; ++i) f->stack[i - 1] = f->stack[i];
  --f->stacked;
  f->is_free[frame] = false;
  ++f->generation[frame];
  --f->free;
}

// Where `frame` is on the stack; f->stacked if it may not be handed out.
RW_UNINSTRUMENTED unsigned position(const frame_allocator* f, unsigned frame) {
  unsigned at = 0;
  while (at < f->stacked && f->stack[at] != frame) ++at;
  return at;
}

RW_UNINSTRUMENTED bool all_available(const frame_allocator* f, unsigned first, unsigned count) {
  for (unsigned i = 0; i < count; ++i)
    if (position(f, first + i) == f->stacked) return false;
  return true;
}

RW_UNINSTRUMENTED int take_frames(frame_allocator* f, unsigned count) {
  const sync::ghost_section section;
  sync::ghost_touched(f, true);
  if (count == 1) {
    if (f->stacked == 0) return -1;
    const unsigned frame = f->stack[f->stacked - 1];
    hand_out(f, f->stacked - 1);
    return static_cast<int>(frame);
  }
  for (unsigned first = 0; first + count <= f->count; first += count) {
    if (!all_available(f, first, count)) continue;
    for (unsigned i = 0; i < count; ++i) hand_out(f, position(f, first + i));
    return static_cast<int>(first);
  }
  return -1;
}

RW_UNINSTRUMENTED bool give_back(frame_allocator* f, unsigned frame) {
  const sync::ghost_section section;
  sync::ghost_touched(f, true);
  if (frame >= f->count || f->is_free[frame]) return false;
  f->is_free[frame] = true;
  ++f->free;
  if (f->reuse == slab_reuse::lifo) f->stack[f->stacked++] = static_cast<std::uint16_t>(frame);
  return true;
}

}  // namespace

RW_UNINSTRUMENTED frame_allocator* frames_create(unsigned count, slab_reuse reuse,
                                                 const void* objects, std::size_t stride) {
  RW_CHECK(g_allocator_count < kMaxAllocators, "more frame allocators than the table holds");
  RW_CHECK(count <= kMaxFrames, "more frames than an allocator has room for");
  frame_allocator* f = &g_allocators[g_allocator_count++];
  f->count = f->free = f->stacked = count;
  f->reuse = reuse;
  f->objects = reinterpret_cast<std::uintptr_t>(objects);
  f->stride = stride;
  f->handing = static_cast<std::uint32_t*>(sync::reserve(count * sizeof(std::uint32_t)));
  for (unsigned i = 0; i < count; ++i) {
    f->stack[i] = static_cast<std::uint16_t>(count - 1 - i);
    f->is_free[i] = true;
    f->generation[i] = 0;
  }
  return f;
}

int alloc_frames(frame_allocator* frames, unsigned count, gfp_t gfp, sync::site where) {
  if (gfp == GFP_KERNEL) might_sleep(where);
  if (should_fail()) {
    RW_NOTE("page allocation fails");
    return -1;
  }
  const int first = take_frames(frames, count);
  if (first >= 0)
    for (unsigned i = 0; i < count; ++i)
      sync::order_acquire(&frames->handing[static_cast<unsigned>(first) + i], where);
  return first;
}

int alloc_frame(frame_allocator* frames, gfp_t gfp, sync::site where) {
  return alloc_frames(frames, 1, gfp, where);
}

void free_frame(frame_allocator* frames, unsigned frame, sync::site where) {
  // Before the frame is on the list: whoever takes it must find the order.
  if (frame < frames->count) sync::order_release(&frames->handing[frame], where);
  if (!give_back(frames, frame))
    sync::fail("double-free", {field_name(object_of(frames, frame)), sync::function_name(where)},
               fmt::format("{} (frame {}) is freed, but is not allocated",
                           sync::name_of(object_of(frames, frame)), frame),
               where);
}

RW_UNINSTRUMENTED bool frame_is_free(const frame_allocator* frames, unsigned frame) {
  const sync::ghost_section section;
  sync::ghost_touched(frames, false);
  return frames->is_free[frame];
}

RW_UNINSTRUMENTED std::uint32_t frame_generation(const frame_allocator* frames, unsigned frame) {
  const sync::ghost_section section;
  sync::ghost_touched(frames, false);
  return frames->generation[frame];
}

RW_UNINSTRUMENTED unsigned frames_free(const frame_allocator* frames) {
  const sync::ghost_section section;
  sync::ghost_touched(frames, false);
  return frames->free;
}

RW_UNINSTRUMENTED void page_allocator_begin_execution() {
  g_allocator_count = 0;
}

}  // namespace rw::kernel
