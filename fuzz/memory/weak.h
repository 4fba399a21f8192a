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

#include "fuzz/memory/arena.h"
#include "fuzz/memory/clock.h"
#include "fuzz/memory/history.h"
#include "fuzz/sync/order.h"

namespace rw::memory::weak {

using sync::order;

struct TaskViews {
  View current;
  View acquirable;
  View releasable;
  View own;                         // by the kernel's rules also what propagates before those
  View acquired;                    // what the message of its last acquire carried
  View unlocked;                    // what it had seen or stored at its last unlock
  View propagated;                  // what strong fences before it have brought to all CPUs
  std::uint32_t last_read[4] = {};  // numbers of words; [next_read % 4] is the oldest
  std::uint32_t next_read = 0;
};

enum class Rules : std::uint8_t {
  cxx,
  // C++20's to the letter. Before it is known that an execution exists at all, it runs: whoever
  // uses it asks possible() after each operation.
  cxx_exact,
  // The kernel's, where they differ: a store stands behind what loads before it have seen (the
  // model knows no dependencies, and takes them for given); a release hands on what relaxed loads
  // before it have seen, too (A-cumulativity); what came before an unlock propagates, and was read,
  // before what comes after the task's next lock, of whatever; what came before a strong fence is
  // on all CPUs for whatever comes behind it, over any number of stores and the loads that see them
  // (pb).
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

// The number of the earliest message that the task may read with order `o`; and of the earliest
// that it may store behind, or read in a read-modify-write, if no other has taken it. All newer
// ones are there for it, too.
std::uint32_t first_readable(const Word& w, unsigned task, order o);
std::uint32_t first_followable(const Word& w, unsigned task, order o);
// By the kernel's rules a load may not take all messages from first_readable() on if that is older
// than what the task's loads before have met (load_order.h).
bool may_read_all(const Word& w, std::uint32_t first, unsigned task);
bool may_read(const Word& w, std::uint32_t index, unsigned task);

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
// The task has taken a lock, by its last acquire; it is about to let one go.
void lock_taken(unsigned task);
void lock_released(unsigned task);
void edge_release(Location& l, unsigned task);
void edge_acquire(Location& l, unsigned task);

}  // namespace rw::memory::weak
