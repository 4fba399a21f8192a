#include "fuzz/program/workload.h"

#include <string>

#include "fuzz/program/text.h"

namespace rw::program {
namespace {

void run_ops(Target& target, const std::vector<Op>& ops) {
  const std::span<const OpInfo> table = target.ops();
  for (unsigned i = 0; i < ops.size(); ++i) {
    const Op& op = ops[i];
    // Two pointers: std::function keeps them in itself and allocates nothing.
    exec::op_begins(i, [&target, &op] { return op_text(target, op); });
    const std::size_t count = table[op.op].operands.size();
    exec::op_ends(target.run(op.op, std::span(op.operand.data(), count)));
  }
}

}  // namespace

unsigned ProgramWorkload::task_count() const {
  return static_cast<unsigned>(program_->tasks.size());
}

void ProgramWorkload::setup() {
  program_->target->begin(program_->design);
  run_ops(*program_->target, program_->setup);
}

void ProgramWorkload::task(unsigned t) {
  run_ops(*program_->target, program_->tasks[t]);
}

void ProgramWorkload::finish() {
  program_->target->finish();
}

}  // namespace rw::program
