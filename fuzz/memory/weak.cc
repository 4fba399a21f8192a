#include "fuzz/memory/weak.h"

#include <algorithm>
#include <limits>

#include "fuzz/memory/sc.h"
#include "fuzz/memory/seq_cst.h"
#include "fuzz/sync/check.h"

namespace rw::memory::weak {

namespace {

constexpr Time kFirst = Time{1} << 14;  // of a word's first message
// Room for 14 stores, each before the one before; and for 262,000 at the end, some six for each
// step of an execution that ends as a livelock.
constexpr Time kGap = Time{1} << 14;
constexpr std::uint32_t kPruneFrom = 8;

struct Machine {
  std::vector<Word> words;  // [0] is none
  std::uint32_t used = 1;
  TaskViews tasks[kMaxTasks];
  View seq_cst;  // through all seq_cst accesses and fences; not by the exact rules
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
void operation_begins(unsigned task, order o) {
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
void accessed(const Word& w, Time time, order o, bool writes) {
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

bool has_room(const Word& w, std::uint32_t index) {
  if (w.message(index).taken) return false;
  return index + 1 == w.count || w.message(index + 1).time - w.message(index).time > 1;
}

Time time_behind(const Word& w, std::uint32_t index) {
  const Time before = w.message(index).time;
  if (index + 1 == w.count) {
    RW_CHECK(before <= std::numeric_limits<Time>::max() - kGap, "a word has 262,000 stores");
    return before + kGap;
  }
  return before + (w.message(index + 1).time - before) / 2;
}

// What no running task can read any more goes; one who has not looked yet keeps all.
void prune(Word& w) {
  Time least = std::numeric_limits<Time>::max();
  for (unsigned t = 0; t < kMaxTasks; ++t)
    if (sync::has_task(g.running, t)) least = std::min(least, g.tasks[t].current.at(w.number));
  std::uint32_t gone = 0;
  while (gone + 1 < w.count && w.message(gone + 1).time <= least) ++gone;
  w.first += gone;
  w.count -= gone;
}

// A message behind `index`, or the first one, with a time of its own and nothing in it.
Message& insert(Word& w, std::uint32_t index, std::uint64_t value) {
  const Time time = w.count == 0 ? kFirst : time_behind(w, index);
  const std::uint32_t at = w.count == 0 ? 0 : index + 1;
  if (w.first + w.count == w.room.size()) {
    if (w.first == 0 || w.first < w.count) {
      w.room.emplace_back();
    } else {  // half of it is of messages that are forgotten
      std::rotate(w.room.begin(), w.room.begin() + w.first, w.room.end());
      w.first = 0;
    }
  }
  const auto first = w.room.begin() + w.first;
  std::rotate(first + at, first + w.count, first + w.count + 1);
  ++w.count;
  Message& m = w.message(at);
  m.known_to = kNobody;
  m.serial = ++g.messages;
  m.time = time;
  m.value = value;
  m.taken = false;
  m.has_message = false;
  m.view.clear();
  return m;
}

// The task has stored at `time`: it will read nothing older, and what it publishes includes it.
void stored(const Word& w, Message& m, unsigned task, order o) {
  TaskViews& v = g.tasks[task];
  v.current.raise(w.number, m.time);
  v.acquirable.raise(w.number, m.time);
  v.own.raise(w.number, m.time);
  m.view.join(sync::releases(o) ? v.current : v.releasable);
}

// The task learns from message `m` in a load with order `o`.
void take(const Word& w, const Message& m, unsigned task, TaskClocks& clocks, order o) {
  TaskViews& v = g.tasks[task];
  v.last_read[v.next_read++ % std::size(v.last_read)] = w.number;
  v.current.raise(w.number, m.time);
  v.acquirable.raise(w.number, m.time);
  if (m.known_to != task) {
    v.acquirable.join(m.view);
    if (sync::acquires(o)) v.current.join(m.view);
  }
  if (sync::acquires(o) && g.rules == Rules::kernel) {
    v.acquired = m.view;
    v.acquired.raise(w.number, m.time);
  }
  sc::learn(clocks, m, o);
}

Word& new_word(Location& l) {
  if (g.used == g.words.size()) g.words.emplace_back();
  Word& w = g.words[g.used];
  w.number = l.word = g.used++;
  w.count = w.first = 0;
  w.edge.clear();
  return w;
}

}  // namespace

void View::raise(std::uint32_t word, Time time) {
  if (word >= times_.size()) times_.resize(word + 1);
  times_[word] = std::max(times_[word], time);
}

void View::join(const View& other) {
  if (other.times_.empty()) return;
  if (times_.empty()) {
    times_ = other.times_;
    return;
  }
  if (other.times_.size() > times_.size()) times_.resize(other.times_.size());
  for (std::size_t i = 0; i < other.times_.size(); ++i)
    times_[i] = std::max(times_[i], other.times_[i]);
}

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
    std::fill(std::begin(v.last_read), std::end(v.last_read), 0);
    v.next_read = 0;
  }
}

bool possible() {
  return g.seq_cst_order.exists();
}

void task_ends(unsigned t) {
  g.running &= ~sync::task_bit(t);
}

Word& word_of(Location& l, bool has_value, std::uint64_t value) {
  Word& w = l.word != 0 ? g.words[l.word] : new_word(l);
  if (w.count == 0 && has_value) insert(w, 0, value);
  if (w.count > kPruneFrom) prune(w);
  return w;
}

void readable(const Word& w, unsigned task, order o, Choices& choices) {
  const Time least = bound(w, task, o);
  for (std::uint32_t i = w.count; i-- > 0 && w.message(i).time >= least;) choices.add(i);
}

void followable(const Word& w, unsigned task, order o, Choices& choices) {
  Time least = bound(w, task, o);
  if (g.rules == Rules::kernel) least = std::max(least, g.tasks[task].acquirable.at(w.number));
  for (std::uint32_t i = w.count; i-- > 0 && w.message(i).time >= least;)
    if (has_room(w, i)) choices.add(i);
}

void read(Word& w, std::uint32_t index, unsigned task, TaskClocks& clocks, order o) {
  const Message& m = w.message(index);
  operation_begins(task, o);
  take(w, m, task, clocks, o);
  accessed(w, m.time, o, false);
}

const Message& write(Word& w, std::uint32_t index, unsigned task, TaskClocks& clocks, order o,
                     std::uint64_t value) {
  operation_begins(task, o);
  Message& m = insert(w, index, value);
  stored(w, m, task, o);
  m.known_to = static_cast<std::uint8_t>(task);
  sc::publish(clocks, task, m, o);
  accessed(w, m.time, o, true);
  return m;
}

const Message& update(Word& w, std::uint32_t index, unsigned task, TaskClocks& clocks, order o,
                      std::uint64_t value) {
  operation_begins(task, o);
  take(w, w.message(index), task, clocks, o);
  Message& m = insert(w, index, value);
  Message& from = w.message(index);
  from.taken = true;
  m.view.join(from.view);
  if (sync::acquires(o) || from.known_to == task) m.known_to = static_cast<std::uint8_t>(task);
  m.has_message = from.has_message;
  m.message = from.message;
  stored(w, m, task, o);
  sc::republish(clocks, task, m, o);
  accessed(w, m.time, o, true);
  return m;
}

void look(const Word& w, unsigned task) {
  if (w.count == 0) return;
  const Time newest = w.newest().time;
  g.tasks[task].current.raise(w.number, newest);
  g.tasks[task].acquirable.raise(w.number, newest);
}

void relax(unsigned task) {
  for (const std::uint32_t number : g.tasks[task].last_read)
    if (number != 0) look(g.words[number], task);
}

void fence(unsigned task, order o) {
  TaskViews& v = g.tasks[task];
  const bool full = o == order::seq_cst || o == order::full;
  operation_begins(task, o);
  if (sync::acquires(o)) v.current.join(v.acquirable);
  if (full && exact()) {
    g.operation.before = operations_in(v.current);
    g.seq_cst_order.fence(g.operation);
  } else if (full) {
    v.current.join(g.seq_cst);
    g.seq_cst.join(v.current);
    v.acquirable.join(v.current);
  }
  if (o == order::wmb)
    v.releasable.join(v.own);
  else if (sync::releases(o))
    v.releasable = v.current;
}

void lock_taken(unsigned task) {
  if (g.rules == Rules::kernel) g.tasks[task].releasable.join(g.tasks[task].acquired);
}

void edge_release(Location& l, unsigned task) {
  Word& w = l.word != 0 ? g.words[l.word] : new_word(l);
  operation_begins(task, order::release);
  w.edge.join(g.tasks[task].current);
}

void edge_acquire(Location& l, unsigned task) {
  if (l.word == 0) return;
  TaskViews& v = g.tasks[task];
  v.current.join(g.words[l.word].edge);
  v.acquirable.join(v.current);
}

}  // namespace rw::memory::weak
