#include "fuzz/exec/weak_access.h"

#include "fuzz/exec/recorder.h"
#include "fuzz/exec/tsan_fence.h"
#include "fuzz/memory/sc.h"
#include "fuzz/sync/check.h"

namespace rw::exec::weak_access {

using memory::weak::Message;
using memory::weak::Word;

namespace {

// Which of `count` messages, 0 the newest. Past the step budget that: a loop that waits for a store
// must see it under a fair scheduler.
std::uint32_t choose(std::uint32_t count, const char* what, const sync::site& where) {
  const bool fair = g_executor.view.steps > g_executor.settings.step_budget;
  return count > 1 && !fair ? make_choice(count, what, where) : 0;
}

// One of the messages from number `first` on for which `may` holds, counted from the newest.
template <typename May>
std::uint32_t pick(const Word& w, std::uint32_t first, const char* what, const sync::site& where,
                   const May& may) {
  std::uint32_t count = 0;
  for (std::uint32_t i = first; i < w.count; ++i) count += may(i) ? 1 : 0;
  RW_CHECK(count > 0, "no message may be taken, not even the newest");
  std::uint32_t newer = choose(count, what, where);
  std::uint32_t i = w.count - 1;
  for (;; --i)
    if (may(i) && newer-- == 0) return i;
}

[[gnu::noinline]] std::uint32_t pick_open(const Task& task, const Word& w, sync::order o,
                                          const char* what, const sync::site& where) {
  const std::uint32_t first = memory::weak::first_followable(w, task.number, o);
  return pick(w, first, what, where, [&](std::uint32_t i) { return !w.message(i).taken; });
}

// Behind which message a store or a read-modify-write comes. Mostly there is but one, the newest:
// all others have been taken by the update behind them, or forgotten.
[[gnu::always_inline]] inline std::uint32_t pick_followed(const Task& task, const Word& w,
                                                          sync::order o, const char* what,
                                                          const sync::site& where) {
  return w.open == 1 ? w.count - 1 : pick_open(task, w, o, what, where);
}

// Puts the value into the word's memory if it is the newest; ThreadSanitizer sees the store anyway.
// What it orders is the message's affair (tsan_fence.h).
void write_back(const Word& w, const Message& m, void* address, unsigned size) {
  const bool newest = &m == &w.newest();
  raw_exchange(address, size, newest ? m.value : raw_peek(address, size), sync::order::relaxed);
}

// What ThreadSanitizer must be told of a message that is taken. It may know; that costs time.
void tell_taken(const Task& task, const Message& m, sync::order o) {
  if (m.has_message && !memory::includes(task.clocks.current, m.message))
    tsan_fence::take(task.number, m.serial, o);
}

// After the access, which is part of what is given.
void tell_given(const Task& task, const Message& m, std::uint32_t before, sync::order o) {
  tsan_fence::message(m.serial, before);
  if (sync::releases(o) || task.clocks.has_releasable) tsan_fence::give(task.number, m.serial, o);
}

// The running task has made an operation after which the memory model has no such execution.
void end_if_impossible() {
  if (!g_executor.exact || memory::weak::possible()) [[likely]]
    return;
  g_executor.impossible = g_executor.abandoning = true;
  give_up();
}

// A read-modify-write of message `index`.
[[gnu::always_inline]] inline void update(Task& task, Word& w, std::uint32_t index, void* address,
                                          unsigned size, std::uint64_t value, sync::order o) {
  const unsigned me = task.number;
  const bool full = o == sync::order::full;
  if (full) {
    fence(o);
    memory::sc::fence(task.clocks, me, o);
    tsan_fence::fence(me, o);
  }
  tell_taken(task, w.message(index), o);
  const std::uint32_t before = w.message(index).serial;
  const Message& m = [&]() -> const Message& {
    const Quiet quiet;
    return memory::weak::update(w, index, me, task.clocks, o, value);
  }();
  write_back(w, m, address, size);
  tell_given(task, m, before, o);
  if (full && g_executor.settings.memory != Memory::lkmm) {
    fence(o);
    memory::sc::fence(task.clocks, me, o);
    tsan_fence::fence(me, o);
  }
  end_if_impossible();
}

void read(Task& task, Word& w, std::uint32_t index, const void* address, unsigned size,
          sync::order o) {
  const unsigned me = task.number;
  const Message& m = w.message(index);
  tell_taken(task, m, o);
  {
    const Quiet quiet;
    memory::weak::read(w, index, me, task.clocks, o);
  }
  raw_load(address, size, sync::order::relaxed);
  end_if_impossible();
}

// What a compare-exchange reads: the value expected where there is room behind it, so that it
// succeeds, or another one, so that it fails.
std::uint32_t pick_compared(const Task& task, const Word& w, hooks::exchange how,
                            std::uint64_t expected, const sync::site& where) {
  if (w.count == 1) return 0;
  const unsigned me = task.number;
  const std::uint32_t first = memory::weak::first_readable(w, me, how.failure);
  const std::uint32_t followed = memory::weak::first_followable(w, me, how.o);
  return pick(w, first, "stale_load", where, [&](std::uint32_t i) {
    if (w.message(i).value == expected) return i >= followed && !w.message(i).taken;
    return memory::weak::may_read(w, i, me);
  });
}

// By the kernel's model the smp_mb() behind a fully ordered read-modify-write is a step of its own:
// other tasks may come between. By C++ the whole is one.
void fence_behind(sync::order o, const sync::site& where) {
  if (o == sync::order::full && g_executor.settings.memory == Memory::lkmm)
    hooks::fence(sync::order::full, where);
}

}  // namespace

std::uint64_t load(Task& task, memory::Location& l, const void* address, hooks::access how,
                   const sync::site& where) {
  touch_every_fence(how.o);
  Word& w = word_at(l, address, how.size);
  std::uint32_t index = 0;
  if (w.count != 1) {
    const unsigned me = task.number;
    const std::uint32_t first = memory::weak::first_readable(w, me, how.o);
    index = memory::weak::may_read_all(w, first, me)
                ? w.count - 1 - choose(w.count - first, "stale_load", where)
                : pick(w, first, "stale_load", where,
                       [&](std::uint32_t i) { return memory::weak::may_read(w, i, me); });
  }
  read(task, w, index, address, how.size, how.o);
  return w.message(index).value;
}

void store(Task& task, Word& w, void* address, hooks::access how, std::uint64_t value,
           const sync::site& where) {
  touch_every_fence(how.o);
  const unsigned me = task.number;
  const std::uint32_t index =
      w.count == 0 ? 0 : pick_followed(task, w, how.o, "early_store", where);
  const Message& m = [&]() -> const Message& {
    const Quiet quiet;
    return memory::weak::write(w, index, me, task.clocks, how.o, value);
  }();
  write_back(w, m, address, how.size);
  tell_given(task, m, 0, how.o);
  end_if_impossible();
}

std::uint64_t read_modify_write(Task& task, memory::Location& l, void* address, hooks::access how,
                                hooks::rmw kind, std::uint64_t operand, const sync::site& where) {
  touch_every_fence(how.o);
  Word& w = word_at(l, address, how.size);
  const std::uint32_t index = pick_followed(task, w, how.o, "stale_load", where);
  const std::uint64_t before = w.message(index).value;
  const std::uint64_t after = updated(kind, before, operand, how.size);
  update(task, w, index, address, how.size, after, how.o);
  mix_values(before, after);
  RW_RECORD(where, .kind = EventKind::rmw, .object = address, .before = before, .after = after);
  fence_behind(how.o, where);
  return before;
}

bool compare_exchange(Task& task, memory::Location& l, void* address, hooks::exchange how,
                      std::uint64_t& expected, std::uint64_t desired, const sync::site& where) {
  touch_every_fence(how.o);
  touch_every_fence(how.failure);
  Word& w = word_at(l, address, how.size);
  const std::uint32_t index = pick_compared(task, w, how, expected, where);
  const std::uint64_t seen = w.message(index).value;
  const bool fails =
      seen != expected || (how.weak && make_choice(2, "spurious_failure", where) != 0);
  mix_value(seen);
  if (fails) {
    read(task, w, index, address, how.size, how.failure);
    RW_RECORD(where, .kind = EventKind::load, .object = address, .after = seen);
    expected = seen;
    return false;
  }
  update(task, w, index, address, how.size, desired, how.o);
  RW_RECORD(where, .kind = EventKind::rmw, .object = address, .before = seen, .after = desired);
  fence_behind(how.o, where);
  return true;
}

void fence(sync::order o) {
  {
    const Quiet quiet;
    memory::weak::fence(g_executor.view.current, o);
  }
  end_if_impossible();
}
void edge_release(memory::Location& l) {
  const Quiet quiet;
  memory::weak::edge_release(l, g_executor.view.current);
}
void edge_acquire(memory::Location& l) {
  const Quiet quiet;
  memory::weak::edge_acquire(l, g_executor.view.current);
}
void look(const Word& w) {
  const Quiet quiet;
  memory::weak::look(w, g_executor.view.current);
}
void relax() {
  const Quiet quiet;
  memory::weak::relax(g_executor.view.current);
}
void lock_taken() {
  const Quiet quiet;
  memory::weak::lock_taken(g_executor.view.current);
}
void lock_released() {
  const Quiet quiet;
  memory::weak::lock_released(g_executor.view.current);
}

}  // namespace rw::exec::weak_access
