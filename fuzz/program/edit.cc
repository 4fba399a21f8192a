#include "fuzz/program/edit.h"

#include <utility>

#include "fuzz/sync/check.h"

namespace rw::program {
namespace {

using Until = exec::Segment::Until;

// Whether the entry names an op at all.
bool names_op(const exec::Segment& s) {
  return s.until == Until::step;
}
bool names_op(const exec::ChoiceMade&) {
  return true;
}

// Calls f(entries) for the segments and for the choices.
template <typename F>
void each_list(Program& p, F f) {
  f(p.schedule.decisions.segments);
  f(p.schedule.decisions.choices);
}

}  // namespace

std::vector<Op>& ops_of(Program& p, int list) {
  if (list == kSetup) return p.setup;
  RW_CHECK(list >= 0 && static_cast<std::size_t>(list) < p.tasks.size(), "there is no such task");
  return p.tasks[static_cast<std::size_t>(list)];
}

const std::vector<Op>& ops_of(const Program& p, int list) {
  return ops_of(const_cast<Program&>(p), list);
}

void insert_op(Program& p, int list, std::size_t at, const Op& op) {
  std::vector<Op>& ops = ops_of(p, list);
  RW_CHECK(at <= ops.size() && ops.size() < kMaxOpsPerList, "the op fits in there");
  ops.insert(ops.begin() + static_cast<std::ptrdiff_t>(at), op);
  if (list == kSetup) return;
  each_list(p, [&](auto& entries) {
    for (auto& e : entries) {
      if (e.task == list && names_op(e) && e.op >= at && e.op < 0xffff) ++e.op;
    }
  });
}

void erase_op(Program& p, int list, std::size_t at) {
  std::vector<Op>& ops = ops_of(p, list);
  RW_CHECK(at < ops.size(), "there is such an op");
  ops.erase(ops.begin() + static_cast<std::ptrdiff_t>(at));
  if (list == kSetup) return;
  each_list(p, [&](auto& entries) {
    std::erase_if(entries,
                  [&](const auto& e) { return e.task == list && names_op(e) && e.op == at; });
    for (auto& e : entries) {
      if (e.task == list && names_op(e) && e.op > at) --e.op;
    }
  });
}

void erase_task(Program& p, std::size_t t) {
  RW_CHECK(t < p.tasks.size() && p.tasks.size() > 1, "one task must stay");
  p.tasks.erase(p.tasks.begin() + static_cast<std::ptrdiff_t>(t));
  each_list(p, [&](auto& entries) {
    std::erase_if(entries, [&](const auto& e) { return e.task == t; });
    for (auto& e : entries) {
      if (e.task > t) --e.task;
    }
  });
}

void swap_tasks(Program& p, std::size_t a, std::size_t b) {
  RW_CHECK(a < p.tasks.size() && b < p.tasks.size(), "there are such tasks");
  std::swap(p.tasks[a], p.tasks[b]);
  each_list(p, [&](auto& entries) {
    for (auto& e : entries) {
      if (e.task == a) {
        e.task = static_cast<std::uint8_t>(b);
      } else if (e.task == b) {
        e.task = static_cast<std::uint8_t>(a);
      }
    }
  });
}

}  // namespace rw::program
