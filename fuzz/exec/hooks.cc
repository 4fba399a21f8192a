// The seam's hooks (fuzz/sync/hooks.h) that are called in both modes.
#include <fmt/format.h>

#include "fuzz/exec/access.h"
#include "fuzz/exec/executor.h"
#include "fuzz/exec/raw_access.h"
#include "fuzz/exec/recorder.h"
#include "fuzz/exec/threads.h"
#include "fuzz/exec/tsan_fence.h"
#include "fuzz/exec/weak_access.h"
#include "fuzz/memory/race_detector.h"
#include "fuzz/memory/sc.h"
#include "fuzz/memory/weak.h"
#include "fuzz/sync/check.h"
#include "fuzz/sync/fail.h"

#if defined(RACEWALK_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace rw::hooks {

using exec::EventKind;
using exec::g_executor;
using exec::StepKind;

namespace {

bool steered() {
  return g_mode == mode::steered;
}
bool threaded() {
  return g_mode == mode::threads;
}

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

exec::Task& self() {
  return g_executor.tasks[current_task()];
}

}  // namespace

unsigned current_task() {
  return threaded() ? exec::threads::self() : g_executor.current;
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
    memory::sc::fence(self().clocks, g_executor.current, o);
    exec::touch_every_fence(o);
    if (g_executor.weak) exec::weak_access::fence(o);
    exec::tsan_fence::fence(g_executor.current, o);
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
    ++clocks.current[g_executor.current];
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
  exec::check_step(word, memory::Use::atomic_read, where);
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
  exec::PendingStep& p = g_executor.pending[g_executor.current];
  p = exec::PendingStep{.kind = StepKind::relax, .where = where};
  if (!exec::schedule(sync::task_bit(g_executor.current))) return;
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

void operation_begin(const char* name, const void* object, bool fine, site where) {
  if (!steered() && !threaded()) return;
  exec::Task& task = self();
  if (task.coarse == 0 && !fine && g_executor.settings.granularity == exec::Granularity::coarse) {
    if (steered())
      exec::step(StepKind::operation, true, exec::location_of(object), name, where);
    else
      exec::threads::log_step(where);
  } else if (steered() && g_executor.abandoning) {
    exec::give_up();
  }
  RW_CHECK(task.scope_count < exec::kMaxScopes, "operation scopes nest too deeply");
  exec::Scope& scope = task.scopes[task.scope_count++];
  scope.name = name;
  scope.object = object;
  scope.where = where;
  scope.outer_coarse = task.coarse;
  const bool coarse = g_executor.settings.granularity == exec::Granularity::coarse;
  task.coarse = fine ? 0 : (coarse || task.coarse != 0) ? 1 : 0;
  if (steered())
    RW_RECORD(where, .kind = EventKind::operation_begin, .object = object, .text = name);
}

void operation_end() {
  if (!steered() && !threaded()) return;
  exec::Task& task = self();
  RW_CHECK(task.scope_count > 0, "an operation scope ends that never began");
  const exec::Scope& scope = task.scopes[task.scope_count - 1];
  if (steered() && !g_executor.abandoning)
    RW_RECORD(scope.where, .kind = EventKind::operation_end, .object = scope.object,
              .text = scope.name);
  task.coarse = scope.outer_coarse;
  --task.scope_count;
}

void acquired(const void* lock, hold how, site where) {
  if (!steered() && !threaded()) return;
  if (abandoned()) return;
  exec::Task& task = self();
  RW_CHECK(task.held_count < exec::kMaxHeld, "a task holds more locks than the table has room for");
  task.held[task.held_count++] = {lock, how};
  if (g_executor.weak && how != hold::section) exec::weak_access::lock_taken();
  if (steered())
    RW_RECORD(where, .kind = EventKind::acquired, .object = lock,
              .before = how == hold::exclusive ? 0U : 1U);
}

void released(const void* lock, site where) {
  if ((!steered() && !threaded()) || abandoned()) return;
  exec::Task& task = self();
  hold how = hold::exclusive;
  for (unsigned i = task.held_count; i-- > 0;) {
    if (task.held[i].lock != lock) continue;
    how = task.held[i].how;
    for (unsigned k = i + 1; k < task.held_count; ++k) task.held[k - 1] = task.held[k];
    --task.held_count;
    break;
  }
  if (!steered()) return;
  if (g_executor.weak && how != hold::section) exec::weak_access::lock_released();
  RW_RECORD(where, .kind = EventKind::released, .object = lock);
}

void* reserve(std::size_t bytes, std::size_t alignment) {
  const exec::StateLock lock;
  exec::touch_allocator();
  return memory::arena_reserve(bytes, alignment);
}

void object_born(void* address, std::size_t bytes, const sync::type_info* type, site where) {
  if (g_mode == mode::direct || (steered() && g_executor.abandoning)) return;
  {
    const exec::StateLock lock;
    const auto wrong = memory::object_born(address, bytes, type, current_task(), self().clocks,
                                           memory::site_key(where));
    RW_CHECK(!wrong, "an object is born outside the arena: use sync::reserve or sync::make");
    if (g_executor.weak)
      for (std::uint32_t at = 0; at < bytes; at += memory::kGranule)
        memory::weak::forget(memory::location_at(memory::offset_of(address) + at));
  }
  if (steered())
    RW_RECORD(where, .kind = EventKind::born, .object = address,
              .text = type != nullptr ? type->name : "object");
}

void object_died(void* address, site where) {
  if (g_mode == mode::direct || (steered() && g_executor.abandoning)) return;
  if (steered()) RW_RECORD(where, .kind = EventKind::died, .object = address);
  memory::Verdict wrong;
  {
    const exec::StateLock lock;
    memory::TaskClocks& clocks = self().clocks;
    wrong = memory::object_died(address, current_task(), clocks, memory::site_key(where));
    if (steered()) ++clocks.current[g_executor.current];
  }
  if (wrong) exec::fail_violation(*wrong, address, true, where);
}

void ghost_touch(const void* address, bool writes) {
  if (steered() && !g_executor.abandoning) exec::touch_ghost(address, writes);
}

void ghost_lock() {
  if (threaded()) exec::threads::ghost_lock();
}
void ghost_unlock() {
  if (threaded()) exec::threads::ghost_unlock();
}

void fail(const char* kind, std::initializer_list<std::string> parts, bool symmetric,
          std::string message, site where) {
  RW_CHECK(g_mode != mode::direct, "an oracle fails outside an execution");
  if (abandoned()) throw exec::Abandoned{};
  if (steered()) exec::fail_here(kind, parts, symmetric, std::move(message), where);
  exec::Failure f;
  f.kind = kind;
  f.parts = parts;
  f.symmetric = symmetric;
  f.message = std::move(message);
  f.where = exec::place_of(where);
  f.task = current_task();
  exec::threads::fail(std::move(f));
}

void note(std::string text, site where) {
  if (steered()) RW_RECORD(where, .kind = EventKind::note, .text = std::move(text));
}

}  // namespace rw::hooks

namespace rw::exec {

void op_begins(unsigned index, const std::function<std::string()>& text) {
  const unsigned t = hooks::current_task();
  g_executor.op[t] = static_cast<std::uint16_t>(index);
  g_executor.tasks[t].ops_begun.store(index + 1, std::memory_order_release);
  if (hooks::g_mode == hooks::mode::threads) return threads::op_begins();
  if (g_executor.follows_names) forget_visits(t);
  RW_RECORD(sync::site::current(), .kind = EventKind::op_begin, .text = text());
}

void op_ends(const char* skipped) {
  if (hooks::g_mode == hooks::mode::threads) return threads::op_ends();
  RW_RECORD(sync::site::current(), .kind = EventKind::op_end,
            .text = skipped != nullptr ? std::string("skipped: ") + skipped : std::string());
}

}  // namespace rw::exec
