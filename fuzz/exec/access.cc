// The seam's hooks that are steps of a steered execution.
#include "fuzz/exec/access.h"

#include <algorithm>

#include "fuzz/exec/coverage.h"
#include "fuzz/exec/raw_access.h"
#include "fuzz/exec/recorder.h"
#include "fuzz/exec/step.h"
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
[[gnu::always_inline]] inline void cover(unsigned me, memory::Location& l, bool writes,
                                         memory::SiteKey where) {
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

[[gnu::noinline]] void note_unusual(Task& task, memory::Location& l, const void* address,
                                    bool writes, memory::SiteKey where) {
  touch_location(address, writes);
  if (g_executor.phase == Phase::parallel) cover(task.number, l, writes, where);
}

[[gnu::always_inline]] inline memory::Location& check_access(Task& task, const void* address,
                                                             Use use, const sync::site& where) {
  memory::Location& l = check_step(task, address, use, where);
  const bool writes = use != Use::atomic_read;
  if (g_executor.usual) [[likely]]
    cover(task.number, l, writes, memory::site_key(where));
  else
    note_unusual(task, l, address, writes, memory::site_key(where));
  return l;
}

[[gnu::noinline]] void note_plain(const void* address, unsigned size, bool is_write,
                                  const sync::site& where) {
  touch_location(address, is_write);
  RW_RECORD(where, .kind = is_write ? EventKind::plain_write : EventKind::plain_read,
            .object = address, .size = size);
}

// Stacks count as one, and with them whatever is no address of ours.
std::uint32_t step_location(const void* address) {
  const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(address) - memory::kArenaBase;
  return static_cast<std::uint32_t>(std::min<std::uintptr_t>(offset, memory::kObjectBytes));
}

// The read half: which value is seen, and what is learnt from it.
[[gnu::always_inline]] inline void learn(Task& task, const memory::Location& l, const void* address,
                                         sync::order o) {
  if (!sync::acquires(o) && l.has_message && !memory::includes(task.clocks.current, l.message))
    tsan_fence::relaxed_load(task.number, address);
  memory::sc::learn(task.clocks, l, o);
}

// A relaxed store publishes what the last release fence has set.
[[gnu::always_inline]] inline void tell_relaxed_store(Task& task, const void* address,
                                                      sync::order o) {
  if (!sync::releases(o) && task.clocks.has_releasable)
    tsan_fence::relaxed_store(task.number, address);
}

// The write half of a plain store.
[[gnu::always_inline]] inline void publish(Task& task, memory::Location& l, const void* address,
                                           sync::order o) {
  memory::sc::publish(task.clocks, task.number, l, o);
  tell_relaxed_store(task, address, o);
}

void fence_of_full(Task& task) {
  memory::sc::fence(task.clocks, task.number, sync::order::full);
  tsan_fence::fence(task.number, sync::order::full);
}

// Read-modify-write from a value already read: what is learnt, the new message and value. Inline,
// and in two versions: relaxed ones, the most, need little of it.
[[gnu::always_inline]] inline void update_as(sync::order o, Task& task, memory::Location& l,
                                             void* address, unsigned size, std::uint64_t after) {
  if (o == sync::order::full) fence_of_full(task);
  learn(task, l, address, o);
  memory::sc::republish(task.clocks, task.number, l, o);
  tell_relaxed_store(task, address, o);
  raw_exchange(address, size, after, o);
  if (o == sync::order::full) fence_of_full(task);
}

[[gnu::always_inline]] inline void update(Task& task, memory::Location& l, void* address,
                                          unsigned size, hooks::storage s, sync::order o,
                                          std::uint64_t after) {
  if (s == hooks::storage::coherent)
    raw_exchange(address, size, after, sync::order::relaxed);
  else if (o == sync::order::relaxed)
    update_as(sync::order::relaxed, task, l, address, size, after);
  else
    update_as(o, task, l, address, size, after);
}

// Under sc the first question is the only one.
[[gnu::always_inline]] inline bool is_weak(hooks::storage s) {
  if (!g_executor.weak) [[likely]]
    return false;
  return s == hooks::storage::atomic;
}

// The history of a word that is about to be stored to, null under sc. Whether the word has a value
// shows only before the access is checked.
memory::weak::Word* word_before(const void* address, hooks::access how, const sync::site& where) {
  if (!is_weak(how.s)) [[likely]]
    return nullptr;
  return &weak_access::word_at(*locate(address, where), address, how.size);
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
using exec::EventKind;
using exec::g_executor;
using exec::StepKind;

// The four accesses begin on a cache line: else what lies before them decides by some percent how
// fast they are.
[[gnu::aligned(64)]] std::uint64_t load(const void* address, access how, site where) {
  exec::Task* task =
      exec::step(StepKind::load, false, exec::step_location(address), nullptr, where);
  if (task == nullptr) [[unlikely]]
    return 0;
  memory::Location& l = exec::check_access(*task, address, exec::Use::atomic_read, where);
  std::uint64_t value;
  if (exec::is_weak(how.s)) [[unlikely]] {
    value = weak_access::load(*task, l, address, how, where);
  } else if (how.s == storage::coherent) {
    value = exec::raw_load(address, how.size, order::relaxed);
  } else {
    exec::learn(*task, l, address, how.o);
    value = exec::raw_load(address, how.size, how.o);
  }
  exec::mix_value(value);
  RW_RECORD(where, .kind = EventKind::load, .object = address, .after = value);
  return value;
}

[[gnu::aligned(64)]] void store(void* address, access how, std::uint64_t value, site where) {
  exec::Task* task =
      exec::step(StepKind::store, true, exec::step_location(address), nullptr, where);
  if (task == nullptr) [[unlikely]]
    return;
  memory::weak::Word* word = exec::word_before(address, how, where);
  memory::Location& l = exec::check_access(*task, address, exec::Use::atomic_write, where);
  const std::uint64_t before = exec::raw_peek(address, how.size);
  if (word != nullptr) [[unlikely]] {
    weak_access::store(*task, *word, address, how, value, where);
  } else if (how.s == storage::coherent) {
    exec::raw_store(address, how.size, value, order::relaxed);
  } else {
    exec::publish(*task, l, address, how.o);
    exec::raw_store(address, how.size, value, how.o);
  }
  exec::mix_value(value);
  RW_RECORD(where, .kind = EventKind::store, .object = address, .before = before, .after = value);
}

[[gnu::aligned(64)]] std::uint64_t read_modify_write(void* address, access how, rmw kind,
                                                     std::uint64_t operand, site where) {
  exec::Task* task = exec::step(StepKind::rmw, true, exec::step_location(address), nullptr, where);
  if (task == nullptr) [[unlikely]]
    return 0;
  memory::Location& l = exec::check_access(*task, address, exec::Use::atomic_update, where);
  if (exec::is_weak(how.s)) [[unlikely]]
    return weak_access::read_modify_write(*task, l, address, how, kind, operand, where);
  const std::uint64_t before = exec::raw_peek(address, how.size);
  const std::uint64_t after = exec::updated(kind, before, operand, how.size);
  exec::update(*task, l, address, how.size, how.s, how.o, after);
  exec::mix_values(before, after);
  RW_RECORD(where, .kind = EventKind::rmw, .object = address, .before = before, .after = after);
  return before;
}

[[gnu::aligned(64)]] bool compare_exchange(void* address, exchange how, std::uint64_t& expected,
                                           std::uint64_t desired, site where) {
  exec::Task* task = exec::step(StepKind::rmw, true, exec::step_location(address), nullptr, where);
  if (task == nullptr) [[unlikely]]
    return false;
  memory::Location& l = exec::check_access(*task, address, exec::Use::atomic_update, where);
  const bool coherent = how.s == storage::coherent;
  if (exec::is_weak(how.s)) [[unlikely]]
    return weak_access::compare_exchange(*task, l, address, how, expected, desired, where);
  const std::uint64_t seen = exec::raw_peek(address, how.size);
  const bool fails =
      seen != expected || (how.weak && exec::make_choice(2, "spurious_failure", where) != 0);
  exec::mix_value(seen);
  if (fails) {
    if (!coherent) exec::learn(*task, l, address, how.failure);
    exec::raw_load(address, how.size, coherent ? order::relaxed : how.failure);
    RW_RECORD(where, .kind = EventKind::load, .object = address, .after = seen);
    expected = seen;
    return false;
  }
  exec::update(*task, l, address, how.size, how.s, how.o, desired);
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
  memory::weak::forget(
      exec::check_step(exec::current_task_state(), address, exec::Use::initialise, where));
}

void plain_access(const void* address, unsigned size, bool is_write, site where) {
  if (g_executor.abandoning) [[unlikely]] {
    exec::give_up();
    return;
  }
  exec::Task& task = exec::current_task_state();
  if (is_write)
    exec::check_step(task, address, exec::Use::plain_write, where);
  else
    exec::check_step(task, address, exec::Use::plain_read, where);
  if (!g_executor.usual) [[unlikely]]
    exec::note_plain(address, size, is_write, where);
}

}  // namespace rw::hooks
