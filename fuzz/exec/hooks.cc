// The seam's hooks that order, wait and wake, called in both modes.
#include "fuzz/exec/access.h"
#include "fuzz/exec/both_modes.h"
#include "fuzz/exec/raw_access.h"
#include "fuzz/exec/recorder.h"
#include "fuzz/exec/step.h"
#include "fuzz/exec/threads.h"
#include "fuzz/exec/tsan_fence.h"
#include "fuzz/exec/weak_access.h"
#include "fuzz/memory/sc.h"
#include "fuzz/sync/check.h"

#if defined(RACEWALK_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace rw::hooks {

using exec::EventKind;
using exec::g_executor;
using exec::StepKind;

namespace {

#if defined(RACEWALK_TSAN)
// In threads mode each fence becomes a release to and an acquire from one object, which orders more
// than the fence does between fences and nothing between a fence and an acquire load.
char g_fence;
void fence_in_threads(order o) {
  if (sync::acquires(o)) __tsan_acquire(&g_fence);
  if (sync::releases(o)) __tsan_release(&g_fence);
}
void tsan_release(const void* p) {
  __tsan_release(const_cast<void*>(p));
}
void tsan_acquire(const void* p) {
  __tsan_acquire(const_cast<void*>(p));
}
#else
void fence_in_threads(order) {}
void tsan_release(const void*) {}
void tsan_acquire(const void*) {}
#endif

}  // namespace

unsigned current_task() {
  return threaded() ? exec::threads::self() : g_executor.view.current;
}

bool stale_loads() {
  return steered() && g_executor.weak;
}

bool kernel_memory() {
  return stale_loads() && g_executor.settings.memory == exec::Memory::lkmm;
}

std::uint32_t known_clock(unsigned task) {
  return steered() ? self().clocks.current[task] : 0;
}

bool abandoned() {
  return steered() ? g_executor.abandoning : exec::threads::abandoned();
}

void jitter(site where) {
  exec::threads::delay(where);
}

void fence(order o, site where) {
  if (steered()) {
    if (!exec::step(StepKind::fence, false, 0, nullptr, where)) return;
    memory::sc::fence(self().clocks, g_executor.view.current, o);
    exec::touch_every_fence(o);
    if (g_executor.weak) exec::weak_access::fence(o);
    exec::tsan_fence::fence(g_executor.view.current, o);
    RW_RECORD(where, .kind = EventKind::fence, .text = sync::order_name(o));
  } else {
    if (threaded()) exec::threads::delay(where);
    std::atomic_thread_fence(sync::std_order(o));
    fence_in_threads(o);
  }
}

void order_release(const void* object, site where) {
  if (steered()) {
    if (g_executor.abandoning) return;
    memory::Location* l = exec::locate(object, where);
    exec::touch_location(object, true);
    memory::TaskClocks& clocks = self().clocks;
    if (l->has_message)
      memory::join(l->message, clocks.current);
    else
      l->message = clocks.current;
    l->has_message = true;
    if (g_executor.weak) exec::weak_access::edge_release(*l);
    ++clocks.current[g_executor.view.current];
  } else {
    std::atomic_thread_fence(std::memory_order_release);
  }
  tsan_release(object);
}

void order_acquire(const void* object, site where) {
  if (steered()) {
    if (g_executor.abandoning) return;
    memory::Location* l = exec::locate(object, where);
    exec::touch_location(object, false);
    if (l->has_message) memory::join(self().clocks.current, l->message);
    if (g_executor.weak) exec::weak_access::edge_acquire(*l);
  } else {
    std::atomic_thread_fence(std::memory_order_acquire);
  }
  tsan_acquire(object);
}

void order_fence(site where) {
  (void)where;
  if (!steered() || g_executor.abandoning) return;
  exec::touch_every_fence(order::full);
  if (g_executor.weak) exec::weak_access::fence(order::full);
}

void wait(const void* word, std::uint32_t expected, site where) {
  if (threaded()) return exec::threads::wait(word, expected, where);
  RW_CHECK(steered(), "a task waits outside an execution: nobody could wake it");
  if (!exec::step(StepKind::wait, false, exec::location_of(word), nullptr, where)) return;
  exec::check_step(self(), word, memory::Use::atomic_read, where);
  exec::touch_location(word, true);  // it joins a queue
  if (g_executor.weak)
    exec::weak_access::look(exec::weak_access::word_at(*exec::locate(word, where), word, 4));
  const auto value = static_cast<std::uint32_t>(exec::raw_peek(word, 4));
  exec::mix(value);
  if (value != expected) return;
  if (exec::make_choice(2, "spurious_wake", where) != 0) return;
  RW_RECORD(where, .kind = EventKind::wait, .object = word, .after = value);
  exec::block_on(word, where);
  if (g_executor.abandoning) return;
  RW_RECORD(where, .kind = EventKind::wake, .object = word);
}

void notify(const void* word, unsigned count, site where) {
  if (threaded()) return exec::threads::notify(word, count, where);
  if (!steered()) return;
  if (!exec::step(StepKind::notify, true, exec::location_of(word), nullptr, where)) return;
  exec::touch_location(word, true);
  RW_RECORD(where, .kind = EventKind::notify, .object = word);
  exec::wake(word, count, where);
}

void relax(site where) {
  if (threaded()) return exec::threads::relax(where);
  if (!steered()) return;
  if (g_executor.abandoning) {
    exec::give_up();
    return;
  }
  exec::Task& task = self();
  g_executor.pending[task.number] = exec::PendingStep{.kind = StepKind::relax, .where = where};
  if (!exec::schedule(task, sync::task_bit(task.number))) return;
  if (g_executor.weak) exec::weak_access::relax();
  RW_RECORD(where, .kind = EventKind::relax);
}

unsigned choose(unsigned n, const char* what, site where) {
  if (threaded()) return exec::threads::choose(n, where);
  if (!steered() || g_executor.abandoning) return 0;
  return exec::make_choice(n, what, where);
}

bool choice_asked() {
  if (g_mode == mode::direct || g_executor.phase != exec::Phase::parallel) return false;
  if (steered()) self().near_choice = exec::kNearChoice;
  return true;
}

}  // namespace rw::hooks
