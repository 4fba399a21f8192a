// The seam's hooks that are no accesses: operation scopes, locks held, lives of objects, failures,
// notes, and where an op begins and ends.
#include "fuzz/exec/access.h"
#include "fuzz/exec/both_modes.h"
#include "fuzz/exec/recorder.h"
#include "fuzz/exec/step.h"
#include "fuzz/exec/threads.h"
#include "fuzz/exec/weak_access.h"
#include "fuzz/sync/check.h"
#include "fuzz/sync/fail.h"

namespace rw::hooks {

using exec::EventKind;
using exec::g_executor;
using exec::StepKind;

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
    if (steered()) ++clocks.current[g_executor.view.current];
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
