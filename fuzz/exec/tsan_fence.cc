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

// What an execution leaves here happens before everything in the next one (the gates). One with
// more messages has some stand for others: tasks are ordered that are not, never the reverse.
struct Message {
  std::uint32_t serial;
  std::uint32_t before;  // the message whose release sequence it carries on; 0: none
};
constexpr std::uint32_t kMessages = 1U << 16;
Message g_messages[kMessages];

Message* find(std::uint32_t serial) {
  Message& m = g_messages[serial % kMessages];
  return serial != 0 && m.serial == serial ? &m : nullptr;
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

void fence(unsigned task, sync::order o) {
  if (sync::acquires(o)) __tsan_acquire(&g_acquirable[task].side);
  if (sync::releases(o)) __tsan_release(&g_releasable[task].side);
}

void message(std::uint32_t serial, std::uint32_t before) {
  g_messages[serial % kMessages] = {serial, before};
}

void take(unsigned task, std::uint32_t serial, sync::order o) {
  for (Message* m = find(serial); m != nullptr; m = find(m->before)) {
    if (sync::acquires(o))
      __tsan_acquire(m);
    else
      relaxed_load(task, m);
  }
}

void give(unsigned task, std::uint32_t serial, sync::order o) {
  Message* m = find(serial);
  if (sync::releases(o))
    __tsan_release(m);
  else
    relaxed_store(task, m);
}

}  // namespace rw::exec::tsan_fence
#endif
