#include "fuzz/program/redraw.h"

#include <algorithm>
#include <bit>
#include <span>

#include "fuzz/program/edit.h"
#include "fuzz/program/random_parts.h"
#include "fuzz/sync/check.h"

namespace rw::program {
namespace {

// Ops drawn in a row. More find no more, and fewer less (docs/bugs.md).
constexpr unsigned kMostInARow = 16;

static_assert(kMaxOpsPerList <= 64, "RunRecord has one bit for each op of a list");

bool is_idle(const RunRecord::List& list, unsigned index) {
  return (list.idle >> index & 1) != 0;
}

// Idle ops at the end of the list.
unsigned idle_in_a_row(const RunRecord::List& list) {
  return static_cast<unsigned>(std::countl_one(list.idle << (kMaxOpsPerList - list.count)));
}

// What `like` has in the place of operand `i` of an `info`: the operand of the same kind, the
// second for the second. Null if it has none.
const std::uint8_t* counterpart(const OpInfo& info, unsigned i, const Op& like,
                                const OpInfo& like_info) {
  const OperandKind* kind = info.operands[i].kind;
  unsigned earlier = 0;
  for (unsigned k = 0; k < i; ++k) earlier += info.operands[k].kind == kind ? 1 : 0;
  for (unsigned k = 0; k < like_info.operands.size(); ++k)
    if (like_info.operands[k].kind == kind && earlier-- == 0) return &like.operand[k];
  return nullptr;
}

// The kind of some op of the program.
std::uint8_t used_kind(const Program& p, Prng& prng) {
  std::uint8_t kind = 0;
  std::uint32_t seen = 0;
  for (int list = kSetup; list < static_cast<int>(p.tasks.size()); ++list)
    for (const Op& op : ops_of(p, list))
      if (prng.chance(1, ++seen)) kind = op.op;
  return kind;
}

}  // namespace

void RunRecord::clear() {
  for (List& list : lists) {
    list.taken = 0;
    list.count = 0;
    list.idle = 0;
  }
}

Redraw::Redraw(const Program& p, RunRecord& record) : program_(p), record_(record) {
  record_.clear();
  for (std::uint64_t list = 0; list <= p.tasks.size(); ++list)
    prngs_.emplace_back(p.schedule.seed + list);
}

unsigned Redraw::begin(int list) {
  RunRecord::List& run = of(list);
  run.ops[run.count] = ops_of(program_, list)[run.taken++];
  return run.count++;
}

bool Redraw::again(int list, unsigned index) {
  RunRecord::List& run = of(list);
  RW_CHECK(index + 1 == run.count, "only the last op of a list can be drawn again");
  run.idle |= std::uint64_t{1} << index;
  const std::size_t to_come = ops_of(program_, list).size() - run.taken;
  if (run.count + to_come >= kMaxOpsPerList || idle_in_a_row(run) > kMostInARow) return false;
  run.ops[run.count] = draw(list, run.ops[index]);
  run.count++;
  return true;
}

// The same on other objects, or another; mostly of a kind that the program has, for it was made of
// few (generate.h).
Op Redraw::draw(int list, const Op& idle) {
  Prng& prng = prngs_[static_cast<std::size_t>(list) + 1];
  const std::span<const OpInfo> table = program_.target->ops();
  const bool same = prng.chance(1, 2);
  Op op = idle;
  if (!same) {
    const auto kinds = static_cast<std::uint32_t>(table.size());
    op = {};
    op.op = prng.chance(3, 4) ? used_kind(program_, prng)
                              : static_cast<std::uint8_t>(prng.below(kinds));
  }
  const OpInfo& info = table[op.op];
  const Op* like = prng.chance(3, 4) ? effective_op(list) : nullptr;
  for (unsigned i = 0; i < info.operands.size(); ++i) {
    const std::uint8_t* taken =
        like == nullptr ? nullptr : counterpart(info, i, *like, table[like->op]);
    if (taken != nullptr)
      op.operand[i] = *taken;
    else if (!same || prng.chance(1, 2))
      op.operand[i] = random_value(program_, *info.operands[i].kind, prng);
  }
  return op;
}

// An op of set-up or of the list itself that did something: what it worked on is most likely still
// there. Null if there is none.
const Op* Redraw::effective_op(int list) {
  Prng& prng = prngs_[static_cast<std::size_t>(list) + 1];
  const Op* chosen = nullptr;
  std::uint32_t seen = 0;
  const auto look = [&](const RunRecord::List& run) {
    for (unsigned i = 0; i < run.count; ++i)
      if (!is_idle(run, i) && prng.chance(1, ++seen)) chosen = &run.ops[i];
  };
  look(of(kSetup));
  if (list != kSetup) look(of(list));
  return chosen;
}

Program as_run(const Program& p, const RunRecord& record) {
  Program q = p;
  for (int list = kSetup; list < static_cast<int>(p.tasks.size()); ++list) {
    const RunRecord::List& run = record.lists[list + 1];
    const std::vector<Op>& before = ops_of(p, list);
    std::vector<Op>& ops = ops_of(q, list);
    ops.assign(run.ops, run.ops + std::min<unsigned>(run.count, kMaxOpsPerList));
    for (std::size_t i = run.taken; i < before.size(); ++i) ops.push_back(before[i]);
  }
  return q;
}

Program without_idle(const Program& p, const RunRecord& record) {
  Program q = as_run(p, record);
  for (int list = kSetup; list < static_cast<int>(p.tasks.size()); ++list) {
    const RunRecord::List& run = record.lists[list + 1];
    for (unsigned i = run.count; i-- > 0;)
      if (is_idle(run, i)) erase_op(q, list, i);
  }
  return q;
}

}  // namespace rw::program
