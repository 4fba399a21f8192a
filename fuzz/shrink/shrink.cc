#include "fuzz/shrink/shrink.h"

#include <algorithm>

#include "fuzz/shrink/passes.h"
#include "fuzz/shrink/search.h"

namespace rw::shrink {

namespace {

struct Pass {
  const char* name;
  void (*run)(Search&);
};

constexpr Pass kPasses[] = {
#define RW_PASS(name, what) {#name, name},
#include "fuzz/shrink/passes.def"
#undef RW_PASS
};

unsigned switches_of(const std::vector<exec::Segment>& segments) {
  unsigned switches = 0;
  for (std::size_t i = 1; i < segments.size(); ++i)
    if (segments[i].task != segments[i - 1].task) ++switches;
  return switches;
}

void add_operands(const std::vector<program::Op>& ops, Size& size) {
  for (const program::Op& op : ops)
    for (const std::uint8_t value : op.operand) size.operands += value;
}

// A failure that needs no concurrency may have moved into set-up altogether. Its last op goes back
// to a task: that is where a reader looks, and what a table shows.
void give_a_task_its_op(Search& search) {
  const program::Program& best = search.best();
  if (size_of(best).task_ops != 0 || best.setup.empty()) return;
  program::Program candidate = best;
  candidate.tasks.assign(1, {best.setup.back()});
  candidate.setup.pop_back();
  search.replace(with_list(std::move(candidate), {}));
}

}  // namespace

Size size_of(const program::Program& p) {
  Size size;
  size.setup_ops = static_cast<unsigned>(p.setup.size());
  size.weak_memory = p.memory == exec::Memory::sc ? 0 : 1;
  add_operands(p.setup, size);
  for (const auto& ops : p.tasks) {
    if (!ops.empty()) ++size.tasks;
    if (ops.empty() && p.tasks.size() > 1) ++size.idle_tasks;
    size.task_ops += static_cast<unsigned>(ops.size());
    add_operands(ops, size);
  }
  const exec::Decisions& d = p.schedule.decisions;
  size.switches = switches_of(d.segments);
  size.preemptions = static_cast<unsigned>(
      std::count_if(d.segments.begin(), d.segments.end(),
                    [](const exec::Segment& s) { return s.until == exec::Segment::Until::step; }));
  size.choices = static_cast<unsigned>(d.choices.size());
  size.axes = p.granularity == exec::Granularity::coarse ? 0 : 1;
  for (const std::uint8_t value : p.design) size.axes += value != 0 ? 1 : 0;
  return size;
}

bool keeps_its_list(const program::Program& p, const exec::Decisions& made) {
  const std::size_t length = made.segments.size();
  return p.schedule.form == program::Schedule::Form::list && length > kLongList &&
         length > 4 * p.schedule.decisions.segments.size();
}

Shrunk shrink(const program::Program& input, const Predicate& predicate,
              const ShrinkOptions& options) {
  Search search(input, predicate, options);
  if (!search.start()) return search.take();
  std::uint64_t rounds = 0;
  for (Size before = search.size();; before = search.size()) {
    ++rounds;
    for (const Pass& pass : kPasses) {
      search.enter(pass.name);
      pass.run(search);
    }
    if (search.done()) break;
    if (!(search.size() < before) && !search.search_longer()) break;
  }
  search.enter("give_a_task_its_op");
  give_a_task_its_op(search);
  Shrunk result = search.take();
  result.rounds = rounds;
  return result;
}

}  // namespace rw::shrink
