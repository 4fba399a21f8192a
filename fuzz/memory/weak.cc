#include "fuzz/memory/weak.h"

#include <algorithm>
#include <limits>

#include "fuzz/memory/load_order.h"
#include "fuzz/memory/sc.h"
#include "fuzz/memory/seq_cst.h"
#include "fuzz/sync/check.h"

namespace rw::memory::weak {

namespace {

constexpr std::uint32_t kPruneFrom = 8;

struct Machine {
  std::vector<Word> words;  // [0] is none
  std::uint32_t used = 1;
  TaskViews tasks[kMaxTasks];
  LoadOrder loads[kMaxTasks];  // by the kernel's rules
  View seq_cst;                // through all seq_cst accesses and fences; not by the exact rules
  sync::TaskSet running = 0;
  std::uint32_t messages = 0;  // stored in this execution
  Rules rules = Rules::cxx;
  // By the exact rules. Word number t + 1 of a view is no word: its time is the number of t's
  // operations that happen before what the view's owner does next.
  SeqCstOrder seq_cst_order;
  std::uint32_t operations[kMaxTasks] = {};  // that each task has made
  SeqCstOrder::Event operation;              // the one that is being made
};
Machine g;

bool exact() {
  return g.rules == Rules::cxx_exact;
}

Clock operations_in(const View& v) {
  Clock clock{};
  for (unsigned t = 0; t < kMaxTasks; ++t) clock[t] = static_cast<std::uint32_t>(v.at(t + 1));
  return clock;
}

// The task's next operation begins; what it publishes includes itself.
[[gnu::always_inline]] inline void operation_begins(unsigned task, order o) {
  if (!exact()) [[likely]]
    return;
  SeqCstOrder::Event& e = g.operation;
  e.task = task;
  e.number = ++g.operations[task];
  e.seq_cst = o == order::seq_cst;
  e.sequenced = operations_in(g.tasks[task].current);
  g.tasks[task].current.raise(task + 1, e.number);
}

// The access has taken its place: an acquiring one has learnt.
[[gnu::always_inline]] inline void accessed(const Word& w, Time time, order o, bool writes) {
  if (!exact()) [[likely]] {
    if (o == order::seq_cst) g.seq_cst.raise(w.number, time);
    return;
  }
  g.operation.before = operations_in(g.tasks[g.operation.task].current);
  g.seq_cst_order.access(g.operation, w.number, time, writes);
}

// The earliest message the task may take. With order `full` a fence comes before the access.
Time bound(const Word& w, unsigned task, order o) {
  const TaskViews& v = g.tasks[task];
  Time least = v.current.at(w.number);
  if (o == order::full) least = std::max(least, v.acquirable.at(w.number));
  if (o == order::full || o == order::seq_cst) least = std::max(least, g.seq_cst.at(w.number));
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
    if (sync::has_task(g.running, t)) least = std::min(least, g.tasks[t].current.at(w.number));
  forget_before(w, least);
}

// The word's times are spread anew, wherever they stand.
void spread(Word& word) {
  const std::uint32_t number = word.number;
  const Spread new_time(word);
  const auto renew = [&](auto&... views) { (views.renew(number, new_time), ...); };
  for (TaskViews& v : g.tasks)
    renew(v.current, v.acquirable, v.releasable, v.own, v.acquired, v.unlocked, v.propagated);
  renew(g.seq_cst);
  if (g.rules == Rules::kernel)
    for (LoadOrder& l : g.loads) l.renew(number, new_time);
  for (std::uint32_t n = 1; n < g.used; ++n) {
    Word& w = g.words[n];
    renew(w.edge, w.edge_propagated);
    for (std::uint32_t i = 0; i < w.count; ++i) renew(w.message(i).view, w.message(i).propagated);
  }
  g.seq_cst_order.renew(number, new_time);
}

[[gnu::noinline]] Message& insert_early(Word& w, std::uint32_t index, std::uint64_t value) {
  if (!has_gap(w, index)) spread(w);
  return insert(w, index, value, ++g.messages);
}

// A message behind number `index`, or the first one of all.
[[gnu::always_inline]] inline Message& new_message(Word& w, std::uint32_t index,
                                                   std::uint64_t value) {
  if (index + 1 >= w.count) [[likely]]
    return append(w, value, ++g.messages);
  return insert_early(w, index, value);
}

// What it has met it knows, and all its loads so far come before all that it does.
void acquire_fence(unsigned task) {
  TaskViews& v = g.tasks[task];
  v.current.join(v.acquirable);
  v.acquirable.clear();
  if (g.rules == Rules::kernel) g.loads[task].fence();
}

// By the kernel's rules: the task has loaded `m`.
void order_load(const Word& w, const Message& m, unsigned task, bool acquires) {
  const TaskViews& v = g.tasks[task];
  const bool meets = !acquires && m.known_to != task &&
                     !(m.view.within(v.current) && m.propagated.within(v.current));
  const std::uint32_t early = g.loads[task].read(w, m, acquires, meets);
  if (early != 0) [[unlikely]]
    has_run_early(g.loads, {g.words.data(), g.used}, task, early, m);
}

// The task has stored at `time`: it will read nothing older, and what it publishes includes it.
[[gnu::always_inline]] inline void stored(const Word& w, Message& m, unsigned task, order o) {
  TaskViews& v = g.tasks[task];
  v.current.raise(w.number, m.time);
  v.own.raise(w.number, m.time);
  m.view.join(sync::releases(o) ? v.current : v.releasable);
  if (g.rules != Rules::kernel) return;
  if (sync::releases(o)) m.view.join(v.acquirable);
  v.own.join(m.view);  // what propagates before a store does so before the next behind smp_wmb
  m.propagated.join(v.propagated);
  m.writer = static_cast<std::uint8_t>(task);
  m.before = g.loads[task].write(w.number, m.time);
}

// The task learns from message `m` in a load with order `o`. That it has seen the message itself is
// noted by who calls.
[[gnu::always_inline]] inline void take(const Word& w, const Message& m, unsigned task,
                                        TaskClocks& clocks, order o) {
  TaskViews& v = g.tasks[task];
  v.last_read[v.next_read++ % std::size(v.last_read)] = w.number;
  const bool kernel = g.rules == Rules::kernel;
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

// The task's accesses since its last fence are as many as are kept: as if there were one.
void make_room_for_loads(unsigned task) {
  if (g.rules == Rules::kernel && g.loads[task].full()) acquire_fence(task);
}

Word& new_word(Location& l) {
  if (g.used == g.words.size()) g.words.emplace_back();
  Word& w = g.words[g.used];
  l.word = g.used++;
  begin_history(w, l.word);
  return w;
}

// What word_of() does beyond looking: the word is made, has its first message, or forgets.
[[gnu::noinline]] Word& make_ready(Location& l, bool has_value, std::uint64_t value) {
  Word& w = l.word != 0 ? g.words[l.word] : new_word(l);
  if (w.count == 0 && has_value) {
    Message& m = append(w, value, ++g.messages);
    m.writer = kNobody;
    m.before = Clock{};
  }
  if (w.count > kPruneFrom) prune(w);
  return w;
}

// The three accesses. Inline, so that each has a version of its own for relaxed ones, in which
// nothing is asked about orders.
[[gnu::always_inline]] inline void read_as(order o, Word& w, std::uint32_t index, unsigned task,
                                           TaskClocks& clocks) {
  const Message& m = w.message(index);
  operation_begins(task, o);
  g.tasks[task].current.raise(w.number, m.time);
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

void begin(unsigned task_count, Rules rules) {
  g.rules = rules;
  g.used = exact() ? 1 + kMaxTasks : 1;
  if (g.words.size() < g.used) g.words.resize(g.used);
  g.seq_cst.clear();
  g.seq_cst_order.clear();
  std::fill(std::begin(g.operations), std::end(g.operations), 0);
  g.running = sync::tasks_below(task_count);
  g.messages = 0;
  for (TaskViews& v : g.tasks) {
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
    for (unsigned t = 0; t < kMaxTasks; ++t) g.loads[t].clear(t);
}

bool possible() {
  return g.seq_cst_order.exists();
}

void task_ends(unsigned t) {
  g.running &= ~sync::task_bit(t);
}

Word& word_of(Location& l, bool has_value, std::uint64_t value) {
  if (l.word != 0) [[likely]] {
    Word& w = g.words[l.word];
    if (w.count != 0 && w.count <= kPruneFrom) [[likely]]
      return w;
  }
  return make_ready(l, has_value, value);
}

std::uint32_t first_readable(const Word& w, unsigned task, order o) {
  return first_from(w, bound(w, task, o));
}

std::uint32_t first_followable(const Word& w, unsigned task, order o) {
  Time least = bound(w, task, o);
  if (g.rules == Rules::kernel) least = std::max(least, g.tasks[task].acquirable.at(w.number));
  return first_from(w, least);
}

bool may_read_all(const Word& w, std::uint32_t first, unsigned task) {
  return g.rules != Rules::kernel || g.loads[task].empty() ||
         w.message(first).time >= g.tasks[task].acquirable.at(w.number);
}

bool may_read(const Word& w, std::uint32_t index, unsigned task) {
  if (g.rules != Rules::kernel) return true;
  const TaskViews& v = g.tasks[task];
  const Message& m = w.message(index);
  if (m.time >= v.acquirable.at(w.number)) return true;
  return may_run_early(g.loads, task, w, m);
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

void look(const Word& w, unsigned task) {
  if (w.count == 0) return;
  g.tasks[task].current.raise(w.number, w.newest().time);
}

void relax(unsigned task) {
  for (const std::uint32_t number : g.tasks[task].last_read)
    if (number != 0) look(g.words[number], task);
}

void fence(unsigned task, order o) {
  TaskViews& v = g.tasks[task];
  const bool full = o == order::seq_cst || o == order::full;
  operation_begins(task, o);
  if (sync::acquires(o)) acquire_fence(task);
  if (full && exact()) {
    g.operation.before = operations_in(v.current);
    g.seq_cst_order.fence(g.operation);
  } else if (full) {
    v.current.join(g.seq_cst);
    g.seq_cst.join(v.current);
    v.propagated = v.current;
  }
  if (o == order::wmb)
    v.releasable.join(v.own);
  else if (sync::releases(o))
    v.releasable = v.current;
}

void lock_taken(unsigned task) {
  if (g.rules != Rules::kernel) return;
  TaskViews& v = g.tasks[task];
  v.current.join(v.unlocked);
  v.releasable.join(v.acquired);
  v.releasable.join(v.unlocked);
  g.loads[task].lock();
}

void lock_released(unsigned task) {
  if (g.rules != Rules::kernel) return;
  TaskViews& v = g.tasks[task];
  v.unlocked = v.current;
  v.unlocked.join(v.acquirable);
  g.loads[task].unlock();
}

void edge_release(Location& l, unsigned task) {
  Word& w = l.word != 0 ? g.words[l.word] : new_word(l);
  operation_begins(task, order::release);
  w.edge.join(g.tasks[task].current);
  if (g.rules != Rules::kernel) return;
  w.edge.join(g.tasks[task].acquirable);
  w.edge_propagated.join(g.tasks[task].propagated);
  join(w.before_edge, g.loads[task].write(0, 0));
  make_room_for_loads(task);
}

void edge_acquire(Location& l, unsigned task) {
  if (l.word == 0) return;
  const Word& w = g.words[l.word];
  g.tasks[task].current.join(w.edge);
  if (g.rules != Rules::kernel) return;
  g.tasks[task].propagated.join(w.edge_propagated);
  g.loads[task].acquire(w.before_edge);
  make_room_for_loads(task);
}

}  // namespace rw::memory::weak
