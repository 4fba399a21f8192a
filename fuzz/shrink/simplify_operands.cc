// Operands towards zero: first everywhere at once (mm1 becomes mm0 in all ops, so that they still
// meet on one object), then one by one.
#include <functional>

#include "fuzz/shrink/passes.h"

namespace rw::shrink {

namespace {

using program::Op;
using program::Program;

void for_each_op(Program& p, const std::function<void(Op&)>& f) {
  for (Op& op : p.setup) f(op);
  for (auto& ops : p.tasks)
    for (Op& op : ops) f(op);
}

// Every operand of `kind` that is `from` becomes `to`, and the other way round: two objects change
// places.
Program renamed(Program p, const OperandKind* kind, std::uint8_t from, std::uint8_t to) {
  const auto infos = p.target->ops();
  for_each_op(p, [&](Op& op) {
    const auto operands = infos[op.op].operands;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (operands[i].kind != kind) continue;
      if (op.operand[i] == from)
        op.operand[i] = to;
      else if (op.operand[i] == to)
        op.operand[i] = from;
    }
  });
  return p;
}

// The operands' values of one kind, in the order of values.
std::vector<bool> values_used(const Program& p, const OperandKind* kind) {
  std::vector<bool> used(256);
  Program copy = p;
  for_each_op(copy, [&](Op& op) {
    const auto operands = p.target->ops()[op.op].operands;
    for (std::size_t i = 0; i < operands.size(); ++i)
      if (operands[i].kind == kind) used[op.operand[i]] = true;
  });
  return used;
}

std::vector<const OperandKind*> kinds_of(const Program& p) {
  std::vector<const OperandKind*> kinds;
  for (const OpInfo& info : p.target->ops())
    for (const Operand& operand : info.operands) {
      bool known = false;
      for (const OperandKind* kind : kinds) known = known || kind == operand.kind;
      if (!known) kinds.push_back(operand.kind);
    }
  return kinds;
}

bool offer(Search& search, const Program& candidate) {
  return search.offer(candidate, {candidate.schedule.decisions}, 0);
}

void rename_everywhere(Search& search) {
  for (const OperandKind* kind : kinds_of(search.best())) {
    for (unsigned from = 1; from < kind->count && !search.done(); ++from) {
      if (!values_used(search.best(), kind)[from]) continue;
      for (unsigned to = 0; to < from; ++to) {
        if (values_used(search.best(), kind)[to]) continue;  // they would trade places
        if (offer(search, renamed(search.best(), kind, static_cast<std::uint8_t>(from),
                                  static_cast<std::uint8_t>(to))))
          break;
      }
    }
  }
}

// One operand: zero, then half, then one less.
void lower_one(Search& search, std::size_t number, unsigned operand) {
  const auto at = [&](Program& p) -> std::uint8_t& {
    std::size_t left = number;
    if (left < p.setup.size()) return p.setup[left].operand[operand];
    left -= p.setup.size();
    std::size_t task = 0;
    while (left >= p.tasks[task].size()) left -= p.tasks[task++].size();
    return p.tasks[task][left].operand[operand];
  };
  for (bool lowered = true; lowered && !search.done();) {
    lowered = false;
    Program candidate = search.best();
    const std::uint8_t value = at(candidate);
    for (const unsigned smaller : {0U, value / 2U, value - 1U}) {
      if (smaller >= value) continue;
      at(candidate) = static_cast<std::uint8_t>(smaller);
      if (offer(search, candidate)) {
        lowered = true;
        break;
      }
    }
  }
}

}  // namespace

void simplify_operands(Search& search) {
  rename_everywhere(search);
  for (std::size_t number = 0; number < program::op_count(search.best()); ++number)
    for (unsigned operand = 0; operand < kMaxOperands && !search.done(); ++operand)
      lower_one(search, number, operand);
}

}  // namespace rw::shrink
