// Drops whole tasks; where one is needed, tries to run its ops on another task.
#include "fuzz/shrink/passes.h"
#include "fuzz/shrink/rekey.h"

namespace rw::shrink {

namespace {

bool drop_one(Search& search, std::size_t task) {
  const program::Program& best = search.best();
  Selection selection = everything(best);
  selection.keep_task[task] = false;
  const unsigned searches = best.tasks[task].empty() ? 0 : search.searches();
  return search.offer(selected(best, selection), rekeyed(best.schedule.decisions, selection),
                      searches);
}

// The ops of `from` behind those of `to`.
bool join_tasks(Search& search, std::size_t from, std::size_t to) {
  program::Program candidate = search.best();
  auto& target = candidate.tasks[to];
  target.insert(target.end(), candidate.tasks[from].begin(), candidate.tasks[from].end());
  if (target.size() > program::kMaxOpsPerList) return false;
  candidate.tasks.erase(candidate.tasks.begin() + static_cast<std::ptrdiff_t>(from));
  return search.offer(candidate, joined(search.best(), from, to), search.searches());
}

}  // namespace

void drop_tasks(Search& search) {
  for (std::size_t t = search.best().tasks.size(); t-- > 0;)
    if (search.best().tasks.size() > 1 && !search.done()) drop_one(search, t);
  for (std::size_t from = search.best().tasks.size(); from-- > 0;)
    for (std::size_t to = 0; to < search.best().tasks.size() && !search.done(); ++to) {
      if (search.best().tasks.size() < 2 || from >= search.best().tasks.size()) return;
      if (from != to && join_tasks(search, from, to)) break;
    }
}

}  // namespace rw::shrink
