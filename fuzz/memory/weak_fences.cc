// What a weak memory machine orders without an access to a word: fences, locks, spin loops, and the
// edges of order_release and order_acquire.
#include "fuzz/memory/weak_machine.h"

namespace rw::memory::weak {

void look(const Word& w, unsigned task) {
  if (w.count == 0) return;
  g_machine.tasks[task].current.raise(w.number, w.newest().time);
}

void relax(unsigned task) {
  for (const std::uint32_t number : g_machine.tasks[task].last_read)
    if (number != 0) look(g_machine.words[number], task);
}

void fence(unsigned task, order o) {
  TaskViews& v = g_machine.tasks[task];
  const bool full = o == order::seq_cst || o == order::full;
  operation_begins(task, o);
  if (sync::acquires(o)) acquire_fence(task);
  if (full && exact()) {
    g_machine.operation.before = operations_in(v.current);
    g_machine.seq_cst_order.fence(g_machine.operation);
  } else if (full) {
    v.current.join(g_machine.seq_cst);
    g_machine.seq_cst.join(v.current);
    v.propagated = v.current;
  }
  if (o == order::wmb)
    v.releasable.join(v.own);
  else if (sync::releases(o))
    v.releasable = v.current;
}

void lock_taken(unsigned task) {
  if (g_machine.rules != Rules::kernel) return;
  TaskViews& v = g_machine.tasks[task];
  v.current.join(v.unlocked);
  v.releasable.join(v.acquired);
  v.releasable.join(v.unlocked);
  g_machine.loads[task].lock();
}

void lock_released(unsigned task) {
  if (g_machine.rules != Rules::kernel) return;
  TaskViews& v = g_machine.tasks[task];
  v.unlocked = v.current;
  v.unlocked.join(v.acquirable);
  g_machine.loads[task].unlock();
}

void edge_release(Location& l, unsigned task) {
  Word& w = l.word != 0 ? g_machine.words[l.word] : new_word(l);
  operation_begins(task, order::release);
  w.edge.join(g_machine.tasks[task].current);
  if (g_machine.rules != Rules::kernel) return;
  w.edge.join(g_machine.tasks[task].acquirable);
  w.edge_propagated.join(g_machine.tasks[task].propagated);
  join(w.before_edge, g_machine.loads[task].write(0, 0));
  make_room_for_loads(task);
}

void edge_acquire(Location& l, unsigned task) {
  if (l.word == 0) return;
  const Word& w = g_machine.words[l.word];
  g_machine.tasks[task].current.join(w.edge);
  if (g_machine.rules != Rules::kernel) return;
  g_machine.tasks[task].propagated.join(w.edge_propagated);
  g_machine.loads[task].acquire(w.before_edge);
  make_room_for_loads(task);
}

}  // namespace rw::memory::weak
