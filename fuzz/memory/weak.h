// Weak memory: the stores of a word stay visible, and a load may see an older one.
//
// A promise-free view machine. Each word has its messages in modification order; a view says, word
// by word, from which message on its owner may read. A task has a current view, one that an acquire
// fence adds, one that relaxed stores publish (set by release fences), and one of its own stores
// only (smp_wmb). A message carries the view that whoever acquires it learns. A store need not come
// last: it may stand before stores that its task has not seen. One more view goes through all
// seq_cst accesses and fences; or, by the exact rules, they are acquires and releases, and what
// C++20 asks of their order is kept aside (seq_cst.h).
// Sources: Kang, Hur, Lahav, Vafeiadis, Dreyer, POPL 2017 (views, without promises); ISO C++20
// [atomics.order], [intro.races]; tools/memory-model of the kernel, for smp_wmb and full order.
//
// Promises: C++20 without load buffering, and the kernel's model without it (litmus rows: `racewalk
// conformance`); release sequences keep read-modify-writes only; what can be read no more is
// forgotten, so a history is as long as its slowest reader makes it. The newest message is always
// the word's own memory.
// Leaves out: which message is taken (exec/weak_access.h: a choice); load buffering; but for the
// exact rules, behaviours in which the order of seq_cst operations is not the order they ran in
// (Z6.U of the litmus rows). Under the kernel's rules the latter is right for fences: a task hands
// on what it read before it stores (dependencies, taken for given).
#pragma once

#include <cstdint>
#include <iterator>
#include <vector>

#include "fuzz/memory/arena.h"
#include "fuzz/memory/clock.h"
#include "fuzz/sync/order.h"

namespace rw::memory::weak {

using sync::order;

// A place in one word's modification order. Stores at the end leave gaps for those before them. 32
// bits: views are joined all the time.
using Time = std::uint32_t;

class View {
 public:
  Time at(std::uint32_t word) const { return word < times_.size() ? times_[word] : 0; }
  void raise(std::uint32_t word, Time time);
  void join(const View& other);
  void clear() { times_.clear(); }

 private:
  std::vector<Time> times_;  // by number of the word
};

inline constexpr std::uint8_t kNobody = 0xff;

struct Message {
  Time time = 0;
  std::uint64_t value = 0;
  bool taken = false;  // a read-modify-write read it: nothing comes between them
  // A task whose current view has all that `view` has: nothing for it to learn here.
  std::uint8_t known_to = kNobody;
  std::uint32_t serial = 0;  // of the execution's messages, from 1
  View view;                 // what who acquires it learns, besides the message itself
  // The happens-before part of the same, for the race detector; as in Location.
  bool has_message = false;
  Clock message{};
};

// One word, or an object that order_release and order_acquire name.
struct Word {
  std::uint32_t number = 0;
  std::uint32_t count = 0;  // of messages
  std::uint32_t first = 0;  // of them in `room`, whose others are kept for their memory
  std::vector<Message> room;
  View edge;  // of order_release

  Message& message(std::uint32_t index) { return room[first + index]; }
  const Message& message(std::uint32_t index) const { return room[first + index]; }
  const Message& newest() const { return room[first + count - 1]; }
};

struct TaskViews {
  View current;
  View acquirable;
  View releasable;
  View own;
  View acquired;                    // what the message of its last acquire carried
  std::uint32_t last_read[4] = {};  // numbers of words; [next_read % 4] is the oldest
  std::uint32_t next_read = 0;
};

enum class Rules : std::uint8_t {
  cxx,
  // C++20's to the letter. Before it is known that an execution exists at all, it runs: whoever
  // uses it asks possible() after each operation.
  cxx_exact,
  // The kernel's, where they differ: a store stands behind what loads before it have seen (the
  // model knows no dependencies, and takes them for given), and what came before an unlock
  // propagates before what comes after the next lock.
  kernel,
};

// A new parallel part of `task_count` tasks begins: every word has one message, its value.
void begin(unsigned task_count, Rules rules);
// By the exact rules: what has run so far is part of an execution that C++20 has. It stays false.
bool possible();
// Task `t` is over: it reads no more.
void task_ends(unsigned t);

// The word at `l`. At its first use, if `has_value`, `value` becomes its first message. What no
// task can read any more is forgotten here: indices of messages hold until the next call.
Word& word_of(Location& l, bool has_value, std::uint64_t value);
// A new object begins to live there.
inline void forget(Location& l) {
  l.word = 0;
}

// What a task may do with order `o`: messages it may read, and messages behind which it may store,
// which are also those that a read-modify-write may read. As indices, the newest first.
struct Choices {
  std::uint32_t count = 0;
  std::uint32_t index[64];  // a task so far behind that it has more does not see the oldest
  void add(std::uint32_t i) {
    if (count < std::size(index)) index[count++] = i;
  }
};
void readable(const Word& w, unsigned task, order o, Choices& choices);
void followable(const Word& w, unsigned task, order o, Choices& choices);

// The task takes message `index` in a load with order `o`.
void read(Word& w, std::uint32_t index, unsigned task, TaskClocks& clocks, order o);
// The task stores behind message `index`; if the word has none yet, the first one.
const Message& write(Word& w, std::uint32_t index, unsigned task, TaskClocks& clocks, order o,
                     std::uint64_t value);
// A read-modify-write of message `index`.
const Message& update(Word& w, std::uint32_t index, unsigned task, TaskClocks& clocks, order o,
                      std::uint64_t value);

// The task has looked at the newest message without taking anything from it, as a futex does.
void look(const Word& w, unsigned task);
// The task goes round a spin loop: the words it read last will not stay stale for ever. So that
// this is certain, it reads nothing older in them than what is the newest now.
void relax(unsigned task);

void fence(unsigned task, order o);
// The task has taken a lock, by its last acquire.
void lock_taken(unsigned task);
void edge_release(Location& l, unsigned task);
void edge_acquire(Location& l, unsigned task);

}  // namespace rw::memory::weak
