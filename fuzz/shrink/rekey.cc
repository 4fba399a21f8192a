#include "fuzz/shrink/rekey.h"

#include <algorithm>

namespace rw::shrink {

namespace {

using exec::Segment;
using program::Program;

constexpr int kGone = -1;

// New number of entry `at` of a list of which only some stay; kGone if it does not.
int new_index(const std::vector<bool>& keep, std::size_t at) {
  if (at >= keep.size()) return static_cast<int>(at);  // speaks of nothing there is; replay copes
  if (!keep[at]) return kGone;
  return static_cast<int>(
      std::count(keep.begin(), keep.begin() + static_cast<std::ptrdiff_t>(at), true));
}

std::vector<program::Op> kept(const std::vector<program::Op>& ops, const std::vector<bool>& keep) {
  std::vector<program::Op> out;
  for (std::size_t i = 0; i < ops.size(); ++i)
    if (keep[i]) out.push_back(ops[i]);
  return out;
}

exec::Decisions rekeyed_once(const exec::Decisions& decisions, const Selection& selection,
                             bool run_on) {
  exec::Decisions out;
  for (Segment s : decisions.segments) {
    if (s.task >= selection.keep_task.size()) continue;
    const int task = new_index(selection.keep_task, s.task);
    if (task == kGone) continue;
    if (s.until == Segment::Until::step) {
      const int op = new_index(selection.keep[s.task], s.op);
      if (op == kGone && !run_on) continue;
      if (op == kGone) {
        s.until = Segment::Until::end;
        s.op = s.visit = 0;
        s.function.clear();
      } else {
        s.op = static_cast<std::uint16_t>(op);
      }
    }
    s.task = static_cast<std::uint8_t>(task);
    out.segments.push_back(std::move(s));
  }
  for (exec::ChoiceMade c : decisions.choices) {
    if (c.task >= selection.keep_task.size()) continue;
    const int task = new_index(selection.keep_task, c.task);
    const int op = new_index(selection.keep[c.task], c.op);
    if (task == kGone || op == kGone) continue;
    c.task = static_cast<std::uint8_t>(task);
    c.op = static_cast<std::uint16_t>(op);
    out.choices.push_back(std::move(c));
  }
  merge_neighbours(out.segments);
  return out;
}

}  // namespace

Selection everything(const Program& p) {
  Selection all;
  all.keep_setup.assign(p.setup.size(), true);
  all.keep_task.assign(p.tasks.size(), true);
  for (const auto& ops : p.tasks) all.keep.emplace_back(ops.size(), true);
  return all;
}

Program selected(const Program& p, const Selection& selection) {
  Program out = p;
  out.setup = kept(p.setup, selection.keep_setup);
  out.tasks.clear();
  for (std::size_t t = 0; t < p.tasks.size(); ++t)
    if (selection.keep_task[t]) out.tasks.push_back(kept(p.tasks[t], selection.keep[t]));
  return out;
}

std::vector<exec::Decisions> rekeyed(const exec::Decisions& decisions, const Selection& selection) {
  return {rekeyed_once(decisions, selection, false), rekeyed_once(decisions, selection, true)};
}

std::vector<exec::Decisions> joined(const Program& p, std::size_t from, std::size_t to) {
  const std::size_t behind = p.tasks[to].size();
  const auto move = [&](std::uint8_t& task, std::uint16_t* op) {
    if (task == from && op != nullptr) *op = static_cast<std::uint16_t>(*op + behind);
    if (task == from) task = static_cast<std::uint8_t>(to);
    if (task > from) --task;
  };
  exec::Decisions late, early;
  for (Segment s : p.schedule.decisions.segments) {
    const bool first_half_ends = s.task == to && s.until == Segment::Until::end;
    move(s.task, s.until == Segment::Until::step ? &s.op : nullptr);
    early.segments.push_back(s);
    if (!first_half_ends) late.segments.push_back(std::move(s));
  }
  for (exec::ChoiceMade c : p.schedule.decisions.choices) {
    move(c.task, &c.op);
    early.choices.push_back(c);
    late.choices.push_back(std::move(c));
  }
  merge_neighbours(late.segments);
  merge_neighbours(early.segments);
  return {late, early};
}

void merge_neighbours(std::vector<Segment>& segments) {
  std::vector<Segment> out;
  for (Segment& s : segments) {
    if (!out.empty() && out.back().task == s.task)
      out.back() = std::move(s);  // the later stop holds
    else
      out.push_back(std::move(s));
  }
  segments = std::move(out);
}

}  // namespace rw::shrink
