#include <algorithm>
#include <utility>

#include "fuzz/program/design.h"
#include "fuzz/program/edit.h"
#include "fuzz/program/mutate_parts.h"
#include "fuzz/program/random_parts.h"

namespace rw::program {
namespace {

// One mutable copy of a program and what edits draw from.
class Mutator {
 public:
  Mutator(Program& p, Prng& prng) : p_(p), prng_(prng) {}

  // Makes one edit; false if the one drawn is not possible here.
  bool edit();

 private:
  int any_list() { return static_cast<int>(prng_.index(p_.tasks.size() + 1)) - 1; }
  int any_task() { return static_cast<int>(prng_.index(p_.tasks.size())); }
  std::size_t any_index(const std::vector<Op>& ops) { return prng_.index(ops.size()); }

  Op any_op();
  std::size_t longest(int list) const;
  bool put(int list, const Op& op);

  bool insert();
  bool erase();
  bool copy_or_move(bool move);
  bool replace();
  bool swap_neighbours();
  bool change_operand();
  bool rename_value();
  bool setup_to_task();
  bool add_task();
  bool drop_task();
  bool exchange_tasks();

  Program& p_;
  Prng& prng_;
};

Op Mutator::any_op() {
  Op op;
  op.op = static_cast<std::uint8_t>(prng_.index(p_.target->ops().size()));
  const OpInfo& info = p_.target->ops()[op.op];
  for (std::size_t i = 0; i < info.operands.size(); ++i) {
    op.operand[i] = random_value(p_, *info.operands[i].kind, prng_);
  }
  return op;
}

// As long as a new program's: what is longer hides what it is about.
std::size_t Mutator::longest(int list) const {
  const std::uint32_t most =
      list == kSetup ? p_.target->max_setup_ops() : p_.target->max_task_ops();
  return std::min(most, kMaxOpsPerList);
}

// In the place of another op if there is no room.
bool Mutator::put(int list, const Op& op) {
  std::vector<Op>& ops = ops_of(p_, list);
  if (ops.size() >= longest(list)) {
    if (ops.empty()) return false;
    ops[any_index(ops)] = op;
    return true;
  }
  insert_op(p_, list, prng_.index(ops.size() + 1), op);
  return true;
}

bool Mutator::insert() {
  return put(any_list(), any_op());
}

bool Mutator::erase() {
  const int list = any_list();
  if (ops_of(p_, list).empty()) return false;
  erase_op(p_, list, any_index(ops_of(p_, list)));
  return true;
}

bool Mutator::copy_or_move(bool move) {
  const int from = any_list();
  const int to = any_list();
  if (ops_of(p_, from).empty()) return false;
  const std::size_t at = any_index(ops_of(p_, from));
  const Op op = ops_of(p_, from)[at];
  if (move) erase_op(p_, from, at);
  return put(to, op);
}

bool Mutator::replace() {
  const Op op = any_op();
  std::vector<Op>& ops = ops_of(p_, any_list());
  if (ops.empty()) return false;
  ops[any_index(ops)] = op;
  return true;
}

bool Mutator::swap_neighbours() {
  std::vector<Op>& ops = ops_of(p_, any_list());
  if (ops.size() < 2) return false;
  const std::size_t at = prng_.index(ops.size() - 1);
  std::swap(ops[at], ops[at + 1]);
  return true;
}

bool Mutator::change_operand() {
  std::vector<Op>& ops = ops_of(p_, any_list());
  if (ops.empty()) return false;
  Op& op = ops[any_index(ops)];
  const OpInfo& info = p_.target->ops()[op.op];
  if (info.operands.empty()) return false;
  const std::size_t i = prng_.index(info.operands.size());
  const OperandKind& kind = *info.operands[i].kind;
  if (prng_.chance(1, 4)) {  // a neighbour: the next page
    const unsigned step = prng_.chance(1, 2) ? 1 : kind.count - 1;
    op.operand[i] = static_cast<std::uint8_t>((op.operand[i] + step) % kind.count);
  } else {
    op.operand[i] = random_value(p_, kind, prng_);
  }
  return true;
}

// All uses of one value become another: "d0" becomes "d1" wherever it stands.
bool Mutator::rename_value() {
  std::vector<Op>& ops = ops_of(p_, any_list());
  if (ops.empty()) return false;
  const Op op = ops[any_index(ops)];
  const OpInfo& info = p_.target->ops()[op.op];
  if (info.operands.empty()) return false;
  const std::size_t chosen = prng_.index(info.operands.size());
  const OperandKind* kind = info.operands[chosen].kind;
  const std::uint8_t from = op.operand[chosen];
  const auto to = static_cast<std::uint8_t>(prng_.below(kind->count));
  for (int list = kSetup; list < static_cast<int>(p_.tasks.size()); ++list) {
    for (Op& each : ops_of(p_, list)) {
      const OpInfo& each_info = p_.target->ops()[each.op];
      for (std::size_t i = 0; i < each_info.operands.size(); ++i) {
        if (each_info.operands[i].kind == kind && each.operand[i] == from) each.operand[i] = to;
      }
    }
  }
  return true;
}

bool Mutator::setup_to_task() {
  if (p_.setup.empty()) return false;
  return put(any_task(), p_.setup[any_index(p_.setup)]);
}

bool Mutator::add_task() {
  if (p_.tasks.size() >= std::clamp(p_.target->max_tasks(), 1U, kMaxCodecTasks)) return false;
  std::vector<Op> ops;
  if (prng_.chance(1, 2)) {
    ops = p_.tasks[static_cast<std::size_t>(any_task())];
  } else {
    ops.push_back(any_op());
  }
  p_.tasks.push_back(std::move(ops));
  return true;
}

bool Mutator::drop_task() {
  if (p_.tasks.size() < 2) return false;
  erase_task(p_, static_cast<std::size_t>(any_task()));
  return true;
}

bool Mutator::exchange_tasks() {
  const auto a = static_cast<std::size_t>(any_task());
  const auto b = static_cast<std::size_t>(any_task());
  if (a == b) return false;
  swap_tasks(p_, a, b);
  return true;
}

bool Mutator::edit() {
  switch (prng_.below(18)) {
    case 0:
    case 1:
    case 2:
      return insert();
    case 3:
    case 4:
      return erase();
    case 5:
      return copy_or_move(false);
    case 6:
      return copy_or_move(true);
    case 7:
    case 8:
      return replace();
    case 9:
      return swap_neighbours();
    case 10:
    case 11:
    case 12:
      return change_operand();
    case 13:
      return rename_value();
    case 14:
      return setup_to_task();
    case 15:
      return add_task();
    case 16:
      return drop_task();
    default:
      return exchange_tasks();
  }
}

}  // namespace

bool mutate_ops(Program& p, Prng& prng) {
  if (p.target->ops().empty()) return false;
  return Mutator(p, prng).edit();
}

}  // namespace rw::program
