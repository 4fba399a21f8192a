#include "fuzz/program/generate.h"

#include <algorithm>
#include <vector>

#include "fuzz/program/design.h"
#include "fuzz/program/prng.h"
#include "fuzz/program/random_parts.h"
#include "fuzz/program/text_lines.h"
#include "fuzz/program/text_words.h"
#include "fuzz/sync/check.h"

namespace rw::program {
namespace {

// The values of one operand kind that a program works with.
struct Pool {
  const OperandKind* kind;
  std::vector<std::uint8_t> values;
  // Values that stand for something: results of earlier ops. A kind may be made under another's
  // name (fork makes a "child" mm1, which other ops take as an "mm"); then 0 is there from the
  // start.
  std::vector<std::uint8_t> made;
  bool made_elsewhere = false;
};

class Generator {
 public:
  Generator(Target& target, std::uint64_t seed) : target_(target), prng_(seed) {}

  Program run(Design pinned, std::span<const std::uint32_t> strategy_weights);

 private:
  Pool& pool_of(const OperandKind& kind);
  void fill(Pool& pool);
  std::uint8_t operand(const OperandKind& kind, bool is_result);
  bool made_elsewhere(const OperandKind& kind) const;
  void note_made(const OperandKind& kind, std::uint8_t value);
  Op op(unsigned index);
  void draw_operand(Op& op, std::size_t i);
  Op weighted_op(const std::vector<std::uint32_t>& weights);
  bool is_made(const OperandKind& kind) const;
  bool lacks_handle(unsigned op);
  bool uses_handle(unsigned op);
  std::uint8_t useful_op();
  std::vector<std::uint32_t> weights();
  std::vector<Op> setup();
  std::vector<std::uint8_t> makers_from(unsigned first) const;
  std::vector<Op> make_handles(std::size_t most);
  std::vector<Op> task(const std::vector<std::uint32_t>& weights);

  Target& target_;
  Prng prng_;
  std::vector<Pool> pools_;
};

Pool& Generator::pool_of(const OperandKind& kind) {
  for (Pool& pool : pools_) {
    if (pool.kind == &kind) return pool;
  }
  pools_.push_back({&kind, {}, {}, made_elsewhere(kind)});
  if (pools_.back().made_elsewhere) pools_.back().made.push_back(0);
  fill(pools_.back());
  return pools_.back();
}

// Few values that lie close together, so that tasks meet, mostly from 0 on: targets number their
// objects from there. Words (modes, flavours) mean more in variety than in closeness, so half the
// time all of them.
void Generator::fill(Pool& pool) {
  const std::uint32_t count = std::max(1U, pool.kind->count);
  std::uint32_t size = 1;
  while (size < 6 && prng_.chance(1, 2)) ++size;
  if (!pool.kind->spellings.empty() && prng_.chance(1, 2)) size = count;
  size = std::min(size, count);
  const std::uint32_t span = std::min(count, std::max(8U, size));
  const bool low = prng_.chance(3, 4);
  const std::uint32_t base = low ? 0 : prng_.below(count - span + 1);
  for (std::uint32_t i = 0; i < size; ++i) {
    std::uint32_t near = base + prng_.below(span);
    if (size == count) near = i;
    if (low && i == 0) near = 0;
    pool.values.push_back(static_cast<std::uint8_t>(near));
  }
}

std::uint8_t Generator::operand(const OperandKind& kind, bool is_result) {
  Pool& pool = pool_of(kind);
  const auto any_of = [&](const std::vector<std::uint8_t>& values) {
    return values[prng_.index(values.size())];
  };
  std::uint8_t value = any_of(pool.values);
  if (!is_result && !pool.made.empty() && prng_.chance(3, 4)) value = any_of(pool.made);
  if (prng_.chance(1, 32)) value = static_cast<std::uint8_t>(prng_.below(kind.count));
  if (is_result) note_made(kind, value);
  return value;
}

bool Generator::made_elsewhere(const OperandKind& kind) const {
  bool elsewhere = false;
  for (const OpInfo& info : target_.ops()) {
    if (!info.first_is_result) continue;
    const OperandKind& result = *info.operands[0].kind;
    if (&result == &kind) return false;
    elsewhere = elsewhere || operand_value(kind, operand_text(result, 0)).has_value();
  }
  return elsewhere;
}

void Generator::note_made(const OperandKind& kind, std::uint8_t value) {
  const auto note = [](Pool& pool, std::uint8_t v) {
    if (std::find(pool.made.begin(), pool.made.end(), v) == pool.made.end()) pool.made.push_back(v);
  };
  for (Pool& pool : pools_) {
    if (pool.kind == &kind) note(pool, value);
    if (!pool.made_elsewhere) continue;
    if (const auto same = operand_value(*pool.kind, operand_text(kind, value))) note(pool, *same);
  }
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

// Whether some op makes handles of this kind.
bool Generator::is_made(const OperandKind& kind) const {
  for (const OpInfo& info : target_.ops())
    if (info.first_is_result && info.operands[0].kind == &kind) return true;
  return false;
}

// An op on a handle that nothing has made so far: it would most likely do nothing.
bool Generator::lacks_handle(unsigned op) {
  const OpInfo& info = target_.ops()[op];
  for (std::size_t i = info.first_is_result ? 1 : 0; i < info.operands.size(); ++i)
    if (is_made(*info.operands[i].kind) && pool_of(*info.operands[i].kind).made.empty())
      return true;
  return false;
}

bool Generator::uses_handle(unsigned op) {
  const OpInfo& info = target_.ops()[op];
  for (std::size_t i = info.first_is_result ? 1 : 0; i < info.operands.size(); ++i)
    if (is_made(*info.operands[i].kind) && !pool_of(*info.operands[i].kind).made.empty())
      return true;
  return false;
}

// What has been made is there to be used, and what has not is not.
std::uint8_t Generator::useful_op() {
  const auto ops = static_cast<std::uint32_t>(target_.ops().size());
  const bool on_handle = prng_.chance(1, 3);
  std::uint32_t op = prng_.below(ops);
  for (unsigned tries = 0; tries < 2 * ops; ++tries, op = prng_.below(ops))
    if (on_handle ? uses_handle(op) : !lacks_handle(op)) break;
  return static_cast<std::uint8_t>(op);
}

std::vector<std::uint32_t> Generator::weights() {
  std::vector<std::uint32_t> weights(target_.ops().size());
  const auto ops = static_cast<std::uint32_t>(weights.size());
  // The more ops a target has, the less often the few that a bug needs would meet in one mix.
  if (prng_.chance(1, 2)) {
    for (std::uint32_t few = prng_.between(1, 5); few > 0; --few) weights[useful_op()] = 1;
    return weights;
  }
  const std::uint32_t off = prng_.below(4);  // quarters of the ops that are left out
  for (unsigned op = 0; op < ops; ++op)
    weights[op] = prng_.chance(off, 4) || lacks_handle(op) ? 0 : 1U << prng_.below(6);
  const auto any = prng_.index(weights.size());
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

// The ops that make handles of one kind, if op `first` is the first of them in the table; else
// none.
std::vector<std::uint8_t> Generator::makers_from(unsigned first) const {
  std::vector<std::uint8_t> makers;
  if (!target_.ops()[first].first_is_result) return makers;
  const OperandKind* kind = target_.ops()[first].operands[0].kind;
  for (unsigned i = 0; i < target_.ops().size(); ++i) {
    const OpInfo& info = target_.ops()[i];
    if (!info.first_is_result || info.operands[0].kind != kind) continue;
    if (i < first) return {};
    makers.push_back(static_cast<std::uint8_t>(i));
  }
  return makers;
}

// Ops that give a result, in the order of the target's table: it is them that make the handles
// which others need. How many of the handles are made before the tasks begin differs from program
// to program: some bugs need them there, others need tasks to make them.
std::vector<Op> Generator::make_handles(std::size_t most) {
  std::vector<Op> ops;
  const std::uint32_t eager = prng_.below(5);  // quarters of the handles
  for (unsigned i = 0; i < target_.ops().size(); ++i) {
    const std::vector<std::uint8_t> makers = makers_from(i);
    if (makers.empty()) continue;
    const std::vector<std::uint8_t> wanted = pool_of(*target_.ops()[i].operands[0].kind).values;
    for (std::uint8_t value : wanted) {
      if (ops.size() >= most || !prng_.chance(eager, 4)) continue;
      Op made;
      made.op = makers[prng_.index(makers.size())];
      const OpInfo& info = target_.ops()[made.op];
      for (std::size_t k = 1; k < info.operands.size(); ++k) draw_operand(made, k);
      made.operand[0] = value;
      note_made(*info.operands[0].kind, value);
      ops.push_back(made);
    }
  }
  return ops;
}

// The handles come first, or strewn in among the rest in their order.
std::vector<Op> Generator::setup() {
  const std::size_t most = std::min(target_.max_setup_ops(), kMaxOpsPerList);
  std::vector<Op> ops;
  if (most == 0 || prng_.chance(1, 32)) return ops;
  const std::vector<Op> handles = make_handles(most);
  const bool first = prng_.chance(1, 2);
  const std::vector<std::uint32_t> mix = weights();
  auto others = prng_.between(0, static_cast<std::uint32_t>(most - handles.size()));
  auto handle = handles.begin();
  while (handle != handles.end() || others > 0) {
    const auto left = static_cast<std::uint32_t>(handles.end() - handle);
    if (left > 0 && (first || prng_.chance(left, left + others))) {
      ops.push_back(*handle++);
    } else {
      ops.push_back(weighted_op(mix));
      --others;
    }
  }
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

Program Generator::run(Design pinned, std::span<const std::uint32_t> strategy_weights) {
  Program p = minimal(target_);
  p.design = pinned.empty() ? open_design(target_) : DesignValues(pinned.begin(), pinned.end());
  RW_CHECK(p.design.size() == target_.axes().size(), "a design has one value per axis");
  draw_open(target_, p.design, prng_);
  p.schedule = random_schedule(prng_, strategy_weights);
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

Program generate(Target& target, Design pinned, std::uint64_t seed,
                 std::span<const std::uint32_t> weights) {
  return Generator(target, seed).run(pinned, weights);
}

}  // namespace rw::program
