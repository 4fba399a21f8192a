#include "fuzz/exec/tsan_fence.h"

#if defined(RACEWALK_TSAN)
#include <sanitizer/tsan_interface.h>

namespace rw::exec::tsan_fence {

namespace {

// Carries clocks from one address to another; what it has carried stays with it, which is right,
// for a task's two sides only grow, and an execution's gates order all of the one before.
struct Carrier {
  void* fiber = nullptr;
  char side;  // TSan's clock of this address is the task's side

  void carry(const void* from, const void* to) {
    void* back = __tsan_get_current_fiber();
    if (fiber == nullptr) fiber = __tsan_create_fiber(0);
    __tsan_switch_to_fiber(fiber, __tsan_switch_to_fiber_no_sync);
    __tsan_acquire(const_cast<void*>(from));
    __tsan_release(const_cast<void*>(to));
    __tsan_switch_to_fiber(back, __tsan_switch_to_fiber_no_sync);
  }
};

Carrier g_acquirable[memory::kMaxTasks];
Carrier g_releasable[memory::kMaxTasks];

struct Message {
  std::uint32_t carries_on = 0;  // id of another one
  char side = 0;                 // TSan's clock of this address is what its own store published
};
Message g_messages[kMessages];

// All that message `id` carries. What it carries on is older, so the way has an end.
template <typename F>
void each_side(std::uint32_t id, F f) {
  while (id != 0) {
    const Message& m = g_messages[id % kMessages];
    f(const_cast<char*>(&m.side));
    id = m.carries_on < id ? m.carries_on : 0;
  }
}

}  // namespace

void relaxed_load(unsigned task, const void* word) {
  Carrier& c = g_acquirable[task];
  c.carry(word, &c.side);
}

void relaxed_store(unsigned task, const void* word) {
  Carrier& c = g_releasable[task];
  c.carry(&c.side, word);
}

void message_begins(std::uint32_t id, std::uint32_t carries_on) {
  g_messages[id % kMessages].carries_on = carries_on;
}

void acquire(std::uint32_t id) {
  each_side(id, [](char* side) { __tsan_acquire(side); });
}

void relaxed_load(unsigned task, std::uint32_t id) {
  each_side(id, [task](char* side) { relaxed_load(task, static_cast<const void*>(side)); });
}

void release(std::uint32_t id) {
  __tsan_release(&g_messages[id % kMessages].side);
}

void relaxed_store(unsigned task, std::uint32_t id) {
  relaxed_store(task, static_cast<const void*>(&g_messages[id % kMessages].side));
}

void fence(unsigned task, sync::order o) {
  if (sync::acquires(o)) __tsan_acquire(&g_acquirable[task].side);
  if (sync::releases(o)) __tsan_release(&g_releasable[task].side);
}

}  // namespace rw::exec::tsan_fence
#endif
