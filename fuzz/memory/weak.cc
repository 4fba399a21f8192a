#include "fuzz/memory/weak.h"

#include <algorithm>
#include <limits>

#include "fuzz/memory/sc.h"
#include "fuzz/memory/weak_machine.h"
#include "fuzz/sync/check.h"

namespace rw::memory::weak {

Machine g_machine;

namespace {

// The access has taken its place: an acquiring one has learnt.
[[gnu::always_inline]] inline void accessed(const Word& w, Time time, order o, bool writes) {
  if (!exact()) [[likely]] {
    if (o == order::seq_cst) g_machine.seq_cst.raise(w.number, time);
    return;
  }
  g_machine.operation.before = operations_in(g_machine.tasks[g_machine.operation.task].current);
  g_machine.seq_cst_order.access(g_machine.operation, w.number, time, writes);
}

// The earliest message the task may take. With order `full` a fence comes before the access.
Time bound(const Word& w, unsigned task, order o) {
  const TaskViews& v = g_machine.tasks[task];
  Time least = v.current.at(w.number);
  if (o == order::full) least = std::max(least, v.acquirable.at(w.number));
  if (o == order::full || o == order::seq_cst)
    least = std::max(least, g_machine.seq_cst.at(w.number));
  return least;
}

// The number of the earliest message that stands at `time` or later. The newest always does.
std::uint32_t first_from(const Word& w, Time time) {
  RW_CHECK(w.count > 0, "an access finds no message to take, or to stand behind");
  std::uint32_t i = w.count - 1;
  while (i > 0 && w.message(i - 1).time >= time) --i;
  return i;
}

// What no running task can read any more goes; one who has not looked yet keeps all.
void prune(Word& w) {
  Time least = std::numeric_limits<Time>::max();
  for (unsigned t = 0; t < kMaxTasks; ++t)
    if (sync::has_task(g_machine.running, t))
      least = std::min(least, g_machine.tasks[t].current.at(w.number));
  forget_before(w, least);
}

// The word's times are spread anew, wherever they stand.
void spread(Word& word) {
  const std::uint32_t number = word.number;
  const Spread new_time(word);
  const auto renew = [&](auto&... views) { (views.renew(number, new_time), ...); };
  for (TaskViews& v : g_machine.tasks)
    renew(v.current, v.acquirable, v.releasable, v.own, v.acquired, v.unlocked, v.propagated);
  renew(g_machine.seq_cst);
  if (g_machine.rules == Rules::kernel)
    for (LoadOrder& l : g_machine.loads) l.renew(number, new_time);
  for (std::uint32_t n = 1; n < g_machine.used; ++n) {
    Word& w = g_machine.words[n];
    renew(w.edge, w.edge_propagated);
    for (std::uint32_t i = 0; i < w.count; ++i) renew(w.message(i).view, w.message(i).propagated);
  }
  g_machine.seq_cst_order.renew(number, new_time);
}

[[gnu::noinline]] Message& insert_early(Word& w, std::uint32_t index, std::uint64_t value) {
  if (!has_gap(w, index)) spread(w);
  return insert(w, index, value, ++g_machine.messages);
}

// A message behind number `index`, or the first one of all.
[[gnu::always_inline]] inline Message& new_message(Word& w, std::uint32_t index,
                                                   std::uint64_t value) {
  if (index + 1 >= w.count) [[likely]]
    return append(w, value, ++g_machine.messages);
  return insert_early(w, index, value);
}

// By the kernel's rules: the task has loaded `m`.
void order_load(const Word& w, const Message& m, unsigned task, bool acquires) {
  const TaskViews& v = g_machine.tasks[task];
  const bool meets = !acquires && m.known_to != task &&
                     !(m.view.within(v.current) && m.propagated.within(v.current));
  const std::uint32_t early = g_machine.loads[task].read(w, m, acquires, meets);
  if (early != 0) [[unlikely]]
    has_run_early(g_machine.loads, {g_machine.words.data(), g_machine.used}, task, early, m);
}

// The task has stored at `time`: it will read nothing older, and what it publishes includes it.
[[gnu::always_inline]] inline void stored(const Word& w, Message& m, unsigned task, order o) {
  TaskViews& v = g_machine.tasks[task];
  v.current.raise(w.number, m.time);
  v.own.raise(w.number, m.time);
  m.view.join(sync::releases(o) ? v.current : v.releasable);
  if (g_machine.rules != Rules::kernel) return;
  if (sync::releases(o)) m.view.join(v.acquirable);
  v.own.join(m.view);  // what propagates before a store does so before the next behind smp_wmb
  m.propagated.join(v.propagated);
  m.writer = static_cast<std::uint8_t>(task);
  m.before = g_machine.loads[task].write(w.number, m.time);
}

// The task learns from message `m` in a load with order `o`. That it has seen the message itself is
// noted by who calls.
[[gnu::always_inline]] inline void take(const Word& w, const Message& m, unsigned task,
                                        TaskClocks& clocks, order o) {
  TaskViews& v = g_machine.tasks[task];
  v.last_read[v.next_read++ % std::size(v.last_read)] = w.number;
  const bool kernel = g_machine.rules == Rules::kernel;
  if (kernel) order_load(w, m, task, sync::acquires(o));
  if (m.known_to != task) {
    View& learns = sync::acquires(o) ? v.current : v.acquirable;
    learns.join(m.view);
    if (kernel) {
      learns.join(m.propagated);
      v.propagated.join(m.propagated);
    }
  }
  if (kernel && sync::acquires(o)) {
    v.acquired = m.view;
    v.acquired.raise(w.number, m.time);
  }
  sc::learn(clocks, m, o);
}

// What word_of() does beyond looking: the word is made, has its first message, or forgets.
[[gnu::noinline]] Word& make_ready(Location& l, bool has_value, std::uint64_t value) {
  Word& w = l.word != 0 ? g_machine.words[l.word] : new_word(l);
  if (w.count == 0 && has_value) {
    Message& m = append(w, value, ++g_machine.messages);
    m.writer = kNobody;
    m.before = Clock{};
  }
  if (w.count > w.prune_from) {
    prune(w);
    w.prune_from = std::max(w.count + kPruneEvery, kPruneFrom);
  }
  return w;
}

// The three accesses. Inline, so that each has a version of its own for relaxed ones, in which
// nothing is asked about orders.
[[gnu::always_inline]] inline void read_as(order o, Word& w, std::uint32_t index, unsigned task,
                                           TaskClocks& clocks) {
  const Message& m = w.message(index);
  operation_begins(task, o);
  g_machine.tasks[task].current.raise(w.number, m.time);
  take(w, m, task, clocks, o);
  make_room_for_loads(task);
  accessed(w, m.time, o, false);
}

[[gnu::always_inline]] inline const Message& write_as(order o, Word& w, std::uint32_t index,
                                                      unsigned task, TaskClocks& clocks,
                                                      std::uint64_t value) {
  operation_begins(task, o);
  Message& m = new_message(w, index, value);
  stored(w, m, task, o);
  m.known_to = static_cast<std::uint8_t>(task);
  make_room_for_loads(task);
  sc::publish(clocks, task, m, o);
  accessed(w, m.time, o, true);
  return m;
}

[[gnu::always_inline]] inline const Message& update_as(order o, Word& w, std::uint32_t index,
                                                       unsigned task, TaskClocks& clocks,
                                                       std::uint64_t value) {
  operation_begins(task, o);
  take(w, w.message(index), task, clocks, o);
  Message& m = new_message(w, index, value);
  Message& from = w.message(index);
  from.taken = true;
  --w.open;
  m.view.join(from.view);
  if (sync::acquires(o) || from.known_to == task) m.known_to = static_cast<std::uint8_t>(task);
  if (from.has_message) {
    m.has_message = true;
    m.message = from.message;
  }
  stored(w, m, task, o);
  make_room_for_loads(task);
  sc::republish(clocks, task, m, o);
  accessed(w, m.time, o, true);
  return m;
}

}  // namespace

Word& new_word(Location& l) {
  if (g_machine.used == g_machine.words.size()) g_machine.words.emplace_back();
  Word& w = g_machine.words[g_machine.used];
  l.word = g_machine.used++;
  begin_history(w, l.word);
  return w;
}

void begin(unsigned task_count, Rules rules) {
  g_machine.rules = rules;
  g_machine.used = exact() ? 1 + kMaxTasks : 1;
  if (g_machine.words.size() < g_machine.used) g_machine.words.resize(g_machine.used);
  g_machine.seq_cst.clear();
  g_machine.seq_cst_order.clear();
  std::fill(std::begin(g_machine.operations), std::end(g_machine.operations), 0);
  g_machine.running = sync::tasks_below(task_count);
  g_machine.messages = 0;
  for (TaskViews& v : g_machine.tasks) {
    v.current.clear();
    v.acquirable.clear();
    v.releasable.clear();
    v.own.clear();
    v.acquired.clear();
    v.unlocked.clear();
    v.propagated.clear();
    std::fill(std::begin(v.last_read), std::end(v.last_read), 0);
    v.next_read = 0;
  }
  if (rules == Rules::kernel)
    for (unsigned t = 0; t < kMaxTasks; ++t) g_machine.loads[t].clear(t);
}

bool possible() {
  return g_machine.seq_cst_order.exists();
}

void task_ends(unsigned t) {
  g_machine.running &= ~sync::task_bit(t);
}

Word& word_of(Location& l, bool has_value, std::uint64_t value) {
  if (l.word != 0) [[likely]] {
    Word& w = g_machine.words[l.word];
    if (w.count != 0 && w.count <= w.prune_from) [[likely]]
      return w;
  }
  return make_ready(l, has_value, value);
}

std::uint32_t first_readable(const Word& w, unsigned task, order o) {
  return first_from(w, bound(w, task, o));
}

std::uint32_t first_followable(const Word& w, unsigned task, order o) {
  Time least = bound(w, task, o);
  if (g_machine.rules == Rules::kernel)
    least = std::max(least, g_machine.tasks[task].acquirable.at(w.number));
  return first_from(w, least);
}

bool may_read_all(const Word& w, std::uint32_t first, unsigned task) {
  return g_machine.rules != Rules::kernel || g_machine.loads[task].empty() ||
         w.message(first).time >= g_machine.tasks[task].acquirable.at(w.number);
}

bool may_read(const Word& w, std::uint32_t index, unsigned task) {
  if (g_machine.rules != Rules::kernel) return true;
  const TaskViews& v = g_machine.tasks[task];
  const Message& m = w.message(index);
  if (m.time >= v.acquirable.at(w.number)) return true;
  return may_run_early(g_machine.loads, task, w, m);
}

void read(Word& w, std::uint32_t index, unsigned task, TaskClocks& clocks, order o) {
  if (o == order::relaxed) return read_as(order::relaxed, w, index, task, clocks);
  return read_as(o, w, index, task, clocks);
}

const Message& write(Word& w, std::uint32_t index, unsigned task, TaskClocks& clocks, order o,
                     std::uint64_t value) {
  if (o == order::relaxed) return write_as(order::relaxed, w, index, task, clocks, value);
  return write_as(o, w, index, task, clocks, value);
}

const Message& update(Word& w, std::uint32_t index, unsigned task, TaskClocks& clocks, order o,
                      std::uint64_t value) {
  if (o == order::relaxed) return update_as(order::relaxed, w, index, task, clocks, value);
  return update_as(o, w, index, task, clocks, value);
}

}  // namespace rw::memory::weak
