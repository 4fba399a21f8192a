// The weak memory machine's state, and what its parts share: weak.cc has words and accesses,
// weak_fences.cc what is ordered without an access to a word.
#pragma once

#include <vector>

#include "fuzz/memory/load_order.h"
#include "fuzz/memory/seq_cst.h"
#include "fuzz/memory/weak.h"

namespace rw::memory::weak {

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
extern Machine g_machine;

inline bool exact() {
  return g_machine.rules == Rules::cxx_exact;
}

inline Clock operations_in(const View& v) {
  Clock clock{};
  for (unsigned t = 0; t < kMaxTasks; ++t) clock[t] = static_cast<std::uint32_t>(v.at(t + 1));
  return clock;
}

// The task's next operation begins; what it publishes includes itself.
[[gnu::always_inline]] inline void operation_begins(unsigned task, order o) {
  if (!exact()) [[likely]]
    return;
  SeqCstOrder::Event& e = g_machine.operation;
  e.task = task;
  e.number = ++g_machine.operations[task];
  e.seq_cst = o == order::seq_cst;
  e.sequenced = operations_in(g_machine.tasks[task].current);
  g_machine.tasks[task].current.raise(task + 1, e.number);
}

// What it has met it knows, and all its loads so far come before all that it does.
inline void acquire_fence(unsigned task) {
  TaskViews& v = g_machine.tasks[task];
  v.current.join(v.acquirable);
  v.acquirable.clear();
  if (g_machine.rules == Rules::kernel) g_machine.loads[task].fence();
}

// The task's accesses since its last fence are as many as are kept: as if there were one.
inline void make_room_for_loads(unsigned task) {
  if (g_machine.rules == Rules::kernel && g_machine.loads[task].full()) acquire_fence(task);
}

// The word at `l`, or the object that edges name, at its first use.
Word& new_word(Location& l);

}  // namespace rw::memory::weak
