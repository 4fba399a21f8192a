#include "fuzz/report/holds.h"

namespace rw::report {

using exec::Event;
using exec::EventKind;

std::vector<Hold> holds_of(const exec::Trace& trace) {
  std::vector<Hold> holds;
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    const Event& e = trace.events[i];
    if (e.kind == EventKind::acquired)
      holds.push_back({.task = e.task,
                       .lock = e.object,
                       .shared = e.before == 1,
                       .taken = i,
                       .let = std::nullopt,
                       .phase = e.phase});
    if (e.kind != EventKind::released) continue;
    for (std::size_t k = holds.size(); k-- > 0;) {
      Hold& hold = holds[k];
      if (hold.let || hold.task != e.task || hold.lock != e.object) continue;
      hold.let = i;
      break;
    }
  }
  return holds;
}

std::vector<const Hold*> held_at(const std::vector<Hold>& holds, unsigned task, std::size_t at) {
  std::vector<const Hold*> held;
  for (const Hold& hold : holds)
    if (hold.task == task && hold.taken < at && (!hold.let || *hold.let >= at))
      held.push_back(&hold);
  return held;
}

}  // namespace rw::report
