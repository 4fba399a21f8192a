#include "fuzz/report/operations.h"

#include "fuzz/exec/strategy.h"
#include "fuzz/report/interest.h"

namespace rw::report {

namespace {

using exec::Event;
using exec::EventKind;

// Event `i` happens inside the operation.
void add(Span& span, const Event& e, std::size_t i) {
  span.acquires |= e.kind == EventKind::acquired;
  span.releases |= e.kind == EventKind::released;
  span.waits |= e.kind == EventKind::wait;
  if (is_change(e)) span.changes.push_back(i);
  if (e.kind == EventKind::load) span.loads.push_back(i);
}

}  // namespace

std::vector<Span> measure_operations(const exec::Trace& trace) {
  std::vector<Span> spans(trace.events.size());
  std::vector<std::size_t> open[exec::kMaxTasks];
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    const Event& e = trace.events[i];
    for (unsigned t = 0; t < exec::kMaxTasks; ++t)
      for (const std::size_t at : open[t]) {
        if (t == e.task)
          spans[at].started = true;
        else if (spans[at].started)
          spans[at].interrupted = true;
      }
    std::vector<std::size_t>& stack = open[e.task];
    for (const std::size_t at : stack) add(spans[at], e, i);
    if (e.kind == EventKind::operation_begin) stack.push_back(i);
    if (e.kind == EventKind::operation_end && !stack.empty()) {
      spans[stack.back()].ended = true;
      stack.pop_back();
    }
  }
  return spans;
}

}  // namespace rw::report
