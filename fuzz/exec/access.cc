// The seam's hooks that are steps of a steered execution.
#include "fuzz/exec/access.h"

#include "fuzz/exec/coverage.h"
#include "fuzz/exec/raw_access.h"
#include "fuzz/exec/recorder.h"
#include "fuzz/exec/threads.h"
#include "fuzz/exec/tsan_fence.h"
#include "fuzz/exec/weak_access.h"
#include "fuzz/memory/sc.h"

// The program in memory, from the linker.
extern "C" const char __executable_start;  // NOLINT(bugprone-reserved-identifier)
extern "C" const char _end;                // NOLINT(bugprone-reserved-identifier)

namespace rw::exec {

namespace {

using memory::Use;

// Sets coverage for "this access after that one, of another task", if the two conflict.
void cover(memory::Location& l, bool writes, memory::SiteKey where) {
  const unsigned me = g_executor.current;
  if (l.touched && l.last_task != me && (writes || l.last_writes)) {
    std::uint64_t pair =
        (static_cast<std::uint64_t>(static_cast<std::uint32_t>(l.last_site)) << 32) |
        static_cast<std::uint32_t>(where);
    pair *= 0x9e3779b97f4a7c15;
    touch((pair >> 40) % kOrderings);
  }
  l.touched = true;
  l.last_task = static_cast<std::uint8_t>(me);
  l.last_writes = writes;
  l.last_site = where;
}

[[gnu::always_inline]] inline memory::Location& access(const void* address, Use use,
                                                       const sync::site& where) {
  memory::Location& l = check_step(address, use, where);
  touch_location(address, use != Use::atomic_read);
  if (g_executor.phase == Phase::parallel)
    cover(l, use != Use::atomic_read, memory::site_key(where));
  return l;
}

std::uint32_t step_location(const void* address) {
  const std::uint32_t offset = location_of(address);
  return offset >= memory::kObjectBytes ? memory::kObjectBytes : offset;
}

memory::TaskClocks& clocks() {
  return g_executor.tasks[g_executor.current].clocks;
}

// The read half: which value is seen, and what is learnt from it.
[[gnu::always_inline]] inline void learn(const memory::Location& l, const void* address,
                                         hooks::storage s, sync::order o) {
  if (s != hooks::storage::atomic) return;
  memory::TaskClocks& c = clocks();
  if (!sync::acquires(o) && l.has_message && !memory::includes(c.current, l.message))
    tsan_fence::relaxed_load(g_executor.current, address);
  memory::sc::learn(c, l, o);
}

// The write half of a plain store.
[[gnu::always_inline]] inline void publish(memory::Location& l, const void* address,
                                           hooks::storage s, sync::order o) {
  if (s != hooks::storage::atomic) return;
  memory::TaskClocks& c = clocks();
  memory::sc::publish(c, g_executor.current, l, o);
  if (!sync::releases(o) && c.has_releasable)
    tsan_fence::relaxed_store(g_executor.current, address);
}

void fence_of_full(hooks::storage s, sync::order o) {
  if (s != hooks::storage::atomic || o != sync::order::full) return;
  memory::sc::fence(clocks(), g_executor.current, o);
  tsan_fence::fence(g_executor.current, o);
}

// Read-modify-write from a value already read: what is learnt, the new message and value. Inline,
// and so are its parts: most orders need little of it.
[[gnu::always_inline]] inline void update(memory::Location& l, void* address, unsigned size,
                                          std::uint64_t after, hooks::storage s, sync::order o) {
  fence_of_full(s, o);
  if (s == hooks::storage::atomic) {
    memory::TaskClocks& c = clocks();
    learn(l, address, s, o);
    memory::sc::republish(c, g_executor.current, l, o);
    if (!sync::releases(o) && c.has_releasable)
      tsan_fence::relaxed_store(g_executor.current, address);
  }
  raw_exchange(address, size, after, s == hooks::storage::coherent ? sync::order::relaxed : o);
  fence_of_full(s, o);
}

bool is_weak(hooks::storage s) {
  return g_executor.weak && s == hooks::storage::atomic;
}

// The history of a word that is about to be stored to, null under sc. Whether the word has a value
// shows only before the access is checked.
memory::weak::Word* word_before(const void* address, unsigned size, hooks::storage s,
                                const sync::site& where) {
  if (!is_weak(s)) [[likely]]
    return nullptr;
  return &weak_access::word_at(*locate(address, where), address, size);
}

}  // namespace

void mix_address(std::uint64_t value) {
  const bool on_stack = value - memory::kArenaBase < memory::kArenaBytes &&
                        value - memory::kArenaBase >= memory::kObjectBytes;
  const auto image = reinterpret_cast<std::uintptr_t>(&__executable_start);
  const bool is_static = value - image < reinterpret_cast<std::uintptr_t>(&_end) - image;
  mix(on_stack || is_static ? 1 : value);
}

void touch_ghost(const void* address, bool writes) {
  if (memory::in_arena(address)) return touch_location(address, writes);
  if (!g_executor.logs_touches) return;
  // The distance in the program, so that it is the same in every process of one build.
  const auto image = reinterpret_cast<std::uintptr_t>(&__executable_start);
  const auto distance = reinterpret_cast<std::uintptr_t>(address) - image;
  const Quiet quiet;
  g_executor.strategy->touches(Strategy::kGhosts | static_cast<std::uint32_t>(distance), writes);
}

StateLock::StateLock() {
  if (hooks::g_mode == hooks::mode::threads) threads::state_lock();
}
StateLock::~StateLock() {
  if (hooks::g_mode == hooks::mode::threads) threads::state_unlock();
}

}  // namespace rw::exec

namespace rw::hooks {

namespace weak_access = exec::weak_access;
using exec::access;
using exec::EventKind;
using exec::g_executor;
using exec::StepKind;

std::uint64_t load(const void* address, unsigned size, order o, storage s, site where) {
  if (!exec::step(StepKind::load, false, exec::step_location(address), nullptr, where)) [[unlikely]]
    return 0;
  memory::Location& l = access(address, exec::Use::atomic_read, where);
  std::uint64_t value;
  if (exec::is_weak(s)) [[unlikely]] {
    value = weak_access::load(l, address, size, o, where);
  } else {
    exec::learn(l, address, s, o);
    value = exec::raw_load(address, size, s == storage::coherent ? order::relaxed : o);
  }
  exec::mix_value(value);
  RW_RECORD(where, .kind = EventKind::load, .object = address, .after = value);
  return value;
}

void store(void* address, unsigned size, std::uint64_t value, order o, storage s, site where) {
  if (!exec::step(StepKind::store, true, exec::step_location(address), nullptr, where)) [[unlikely]]
    return;
  memory::weak::Word* word = exec::word_before(address, size, s, where);
  memory::Location& l = access(address, exec::Use::atomic_write, where);
  const std::uint64_t before = exec::raw_peek(address, size);
  if (word != nullptr) [[unlikely]] {
    weak_access::store(*word, address, size, value, o, where);
  } else {
    exec::publish(l, address, s, o);
    exec::raw_store(address, size, value, s == storage::coherent ? order::relaxed : o);
  }
  exec::mix_value(value);
  RW_RECORD(where, .kind = EventKind::store, .object = address, .before = before, .after = value);
}

std::uint64_t read_modify_write(void* address, unsigned size, rmw kind, std::uint64_t operand,
                                order o, storage s, site where) {
  if (!exec::step(StepKind::rmw, true, exec::step_location(address), nullptr, where)) [[unlikely]]
    return 0;
  memory::Location& l = access(address, exec::Use::atomic_update, where);
  if (exec::is_weak(s)) [[unlikely]]
    return weak_access::read_modify_write(l, address, size, kind, operand, o, where);
  const std::uint64_t before = exec::raw_peek(address, size);
  const std::uint64_t after = exec::updated(kind, before, operand, size);
  exec::update(l, address, size, after, s, o);
  exec::mix_values(before, after);
  RW_RECORD(where, .kind = EventKind::rmw, .object = address, .before = before, .after = after);
  return before;
}

bool compare_exchange(void* address, unsigned size, std::uint64_t& expected, std::uint64_t desired,
                      bool weak, order success, order failure, storage s, site where) {
  if (!exec::step(StepKind::rmw, true, exec::step_location(address), nullptr, where)) [[unlikely]]
    return false;
  memory::Location& l = access(address, exec::Use::atomic_update, where);
  if (exec::is_weak(s)) [[unlikely]]
    return weak_access::compare_exchange(l, address, size, expected, desired, weak, success,
                                         failure, where);
  const std::uint64_t seen = exec::raw_peek(address, size);
  const bool fails =
      seen != expected || (weak && exec::make_choice(2, "spurious_failure", where) != 0);
  exec::mix_value(seen);
  if (fails) {
    exec::learn(l, address, s, failure);
    exec::raw_load(address, size, s == storage::coherent ? order::relaxed : failure);
    RW_RECORD(where, .kind = EventKind::load, .object = address, .after = seen);
    expected = seen;
    return false;
  }
  exec::update(l, address, size, desired, s, success);
  RW_RECORD(where, .kind = EventKind::rmw, .object = address, .before = seen, .after = desired);
  return true;
}

void initialise(void* address, unsigned size, site where) {
  if (g_executor.abandoning) return;
  memory::Location* first = exec::locate(address, where);
  if (!memory::in_objects(address)) {
    // A stack's memory begins a new life with each object on it.
    first->execution = 0;
    memory::location_at(memory::offset_of(address));
    return;
  }
  (void)size;
  memory::weak::forget(exec::check_step(address, exec::Use::initialise, where));
}

void plain_access(const void* address, unsigned size, bool is_write, site where) {
  if (g_executor.abandoning) [[unlikely]] {
    exec::give_up();
    return;
  }
  exec::check_step(address, is_write ? exec::Use::plain_write : exec::Use::plain_read, where);
  exec::touch_location(address, is_write);
  RW_RECORD(where, .kind = is_write ? EventKind::plain_write : EventKind::plain_read,
            .object = address, .size = size);
}

}  // namespace rw::hooks
