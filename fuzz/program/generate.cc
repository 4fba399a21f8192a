#include "fuzz/program/generate.h"

#include <algorithm>
#include <vector>

#include "fuzz/program/design.h"
#include "fuzz/program/prng.h"
#include "fuzz/program/random_parts.h"
#include "fuzz/sync/check.h"

namespace rw::program {
namespace {

// The values of one operand kind that a program works with.
struct Pool {
  const OperandKind* kind;
  std::vector<std::uint8_t> values;
  std::vector<std::uint8_t> made;  // values an earlier op gave as its result
};

class Generator {
 public:
  Generator(Target& target, std::uint64_t seed) : target_(target), prng_(seed) {}

  Program run(Design pinned);

 private:
  Pool& pool_of(const OperandKind& kind);
  void fill(Pool& pool);
  std::uint8_t operand(const OperandKind& kind, bool is_result);
  Op op(unsigned index);
  void draw_operand(Op& op, std::size_t i);
  Op weighted_op(const std::vector<std::uint32_t>& weights);
  std::vector<std::uint32_t> weights();
  std::vector<Op> setup();
  void make_handles(std::vector<Op>& ops, std::size_t most);
  std::vector<Op> task(const std::vector<std::uint32_t>& weights);

  Target& target_;
  Prng prng_;
  std::vector<Pool> pools_;
};

Pool& Generator::pool_of(const OperandKind& kind) {
  for (Pool& pool : pools_) {
    if (pool.kind == &kind) return pool;
  }
  pools_.push_back({&kind, {}, {}});
  fill(pools_.back());
  return pools_.back();
}

// Few values that lie close together, so that tasks meet; words (modes, flavours) mean more in
// variety than in closeness, so half the time all of them.
void Generator::fill(Pool& pool) {
  const std::uint32_t count = std::max(1U, pool.kind->count);
  std::uint32_t size = 1;
  while (size < 6 && prng_.chance(1, 2)) ++size;
  if (!pool.kind->spellings.empty() && prng_.chance(1, 2)) size = count;
  size = std::min(size, count);
  const std::uint32_t span = std::min(count, std::max(8U, size));
  const std::uint32_t base = prng_.chance(1, 2) ? 0 : prng_.below(count - span + 1);
  for (std::uint32_t i = 0; i < size; ++i) {
    const std::uint32_t near = size == count ? i : base + prng_.below(span);
    pool.values.push_back(static_cast<std::uint8_t>(near));
  }
}

std::uint8_t Generator::operand(const OperandKind& kind, bool is_result) {
  Pool& pool = pool_of(kind);
  const auto any_of = [&](const std::vector<std::uint8_t>& values) {
    return values[prng_.below(static_cast<std::uint32_t>(values.size()))];
  };
  std::uint8_t value = any_of(pool.values);
  if (!is_result && !pool.made.empty() && prng_.chance(7, 8)) value = any_of(pool.made);
  if (prng_.chance(1, 32)) value = static_cast<std::uint8_t>(prng_.below(kind.count));
  if (is_result && std::find(pool.made.begin(), pool.made.end(), value) == pool.made.end()) {
    pool.made.push_back(value);
  }
  return value;
}

void Generator::draw_operand(Op& op, std::size_t i) {
  const OpInfo& info = target_.ops()[op.op];
  op.operand[i] = operand(*info.operands[i].kind, i == 0 && info.first_is_result);
}

Op Generator::op(unsigned index) {
  Op op;
  op.op = static_cast<std::uint8_t>(index);
  // The result last: an op does not work on what it is about to make.
  for (std::size_t i = target_.ops()[index].operands.size(); i-- > 0;) draw_operand(op, i);
  return op;
}

std::vector<std::uint32_t> Generator::weights() {
  std::vector<std::uint32_t> weights(target_.ops().size());
  const std::uint32_t off = prng_.below(4);  // quarters of the ops that are left out
  for (std::uint32_t& w : weights) w = prng_.chance(off, 4) ? 0 : 1U << prng_.below(6);
  const auto any = prng_.below(static_cast<std::uint32_t>(weights.size()));
  weights[any] = std::max(weights[any], 1U);  // never none
  return weights;
}

Op Generator::weighted_op(const std::vector<std::uint32_t>& weights) {
  std::uint32_t total = 0;
  for (std::uint32_t w : weights) total += w;
  std::uint32_t at = prng_.below(total);
  unsigned index = 0;
  while (at >= weights[index]) at -= weights[index++];
  return op(index);
}

// Ops that give a result come first, in the order of the target's table: it is them that make the
// handles which all others need.
void Generator::make_handles(std::vector<Op>& ops, std::size_t most) {
  for (unsigned i = 0; i < target_.ops().size(); ++i) {
    const OpInfo& info = target_.ops()[i];
    if (!info.first_is_result) continue;
    const std::vector<std::uint8_t> wanted = pool_of(*info.operands[0].kind).values;
    for (std::uint8_t value : wanted) {
      const Pool& pool = pool_of(*info.operands[0].kind);
      const bool is_made = std::find(pool.made.begin(), pool.made.end(), value) != pool.made.end();
      if (ops.size() >= most || !prng_.chance(is_made ? 1 : 7, 8)) continue;
      Op made;
      made.op = static_cast<std::uint8_t>(i);
      for (std::size_t k = 1; k < info.operands.size(); ++k) draw_operand(made, k);
      made.operand[0] = value;
      if (!is_made) pool_of(*info.operands[0].kind).made.push_back(value);
      ops.push_back(made);
    }
  }
}

std::vector<Op> Generator::setup() {
  const std::size_t most = std::min(target_.max_setup_ops(), kMaxOpsPerList);
  std::vector<Op> ops;
  if (most == 0 || prng_.chance(1, 32)) return ops;
  make_handles(ops, most);
  const std::vector<std::uint32_t> mix = weights();
  const auto room = static_cast<std::uint32_t>(most - ops.size());
  for (std::uint32_t n = prng_.between(0, room); n > 0; --n) ops.push_back(weighted_op(mix));
  return ops;
}

std::vector<Op> Generator::task(const std::vector<std::uint32_t>& mix) {
  const std::uint32_t most = std::clamp(target_.max_task_ops(), 1U, kMaxOpsPerList);
  std::uint32_t length = prng_.between(1, most);
  if (prng_.chance(1, 2)) length = prng_.between(1, length);
  std::vector<Op> ops;
  while (ops.size() < length) ops.push_back(weighted_op(mix));
  return ops;
}

Program Generator::run(Design pinned) {
  Program p = minimal(target_);
  p.design = pinned.empty() ? open_design(target_) : DesignValues(pinned.begin(), pinned.end());
  RW_CHECK(p.design.size() == target_.axes().size(), "a design has one value per axis");
  draw_open(target_, p.design, prng_);
  p.schedule = random_schedule(prng_);
  if (target_.ops().empty()) return p;

  const std::uint32_t most = std::clamp(target_.max_tasks(), 1U, kMaxCodecTasks);
  const bool alone = most == 1 || prng_.chance(1, 32);
  p.tasks.resize(alone ? 1 : prng_.between(2, most));
  p.setup = setup();
  // Half the time each task has its own mix: races are between tasks in different roles.
  const bool roles = prng_.chance(1, 2);
  std::vector<std::uint32_t> mix = weights();
  for (std::vector<Op>& ops : p.tasks) {
    ops = task(mix);
    if (roles) mix = weights();
  }
  return p;
}

}  // namespace

Program generate(Target& target, Design pinned, std::uint64_t seed) {
  return Generator(target, seed).run(pinned);
}

}  // namespace rw::program
