#include "fuzz/program/workload.h"

#include <string>

#include "fuzz/program/edit.h"
#include "fuzz/program/text.h"

namespace rw::program {
namespace {

// Whether it did nothing.
bool run_op(Target& target, const Op& op, unsigned index) {
  // Two pointers: std::function keeps them in itself and allocates nothing.
  exec::op_begins(index, [&target, &op] { return op_text(target, op); });
  const std::size_t count = target.ops()[op.op].operands.size();
  const char* skipped = target.run(op.op, std::span(op.operand.data(), count));
  exec::op_ends(skipped);
  return skipped != nullptr;
}

}  // namespace

void ProgramWorkload::run_list(int list) {
  Target& target = *program_->target;
  const std::vector<Op>& ops = ops_of(*program_, list);
  for (unsigned i = 0; i < ops.size(); ++i) {
    if (redraw_ == nullptr) {
      (void)run_op(target, ops[i], i);
      continue;
    }
    unsigned index = redraw_->begin(list);
    while (run_op(target, redraw_->op(list, index), index) && redraw_->again(list, index)) ++index;
  }
}

unsigned ProgramWorkload::task_count() const {
  return static_cast<unsigned>(program_->tasks.size());
}

void ProgramWorkload::setup() {
  program_->target->begin(program_->design);
  run_list(kSetup);
}

void ProgramWorkload::task(unsigned t) {
  run_list(static_cast<int>(t));
}

std::string ProgramWorkload::op_text(unsigned t, unsigned op) const {
  const int list = static_cast<int>(t);
  return program::op_text(*program_->target,
                          redraw_ != nullptr ? redraw_->op(list, op) : ops_of(*program_, list)[op]);
}

void ProgramWorkload::finish() {
  program_->target->finish();
}

}  // namespace rw::program
