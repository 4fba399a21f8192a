// Redraw: other ops in the place of those that turn out to do nothing, drawn while a program runs.
//
// Half the ops of a new program do nothing: only when an op runs does it show whether the page is
// mapped and the handle open, and the target itself is the only model of that. So a run may put
// others in their place until one does something.
//
// Promises: what is drawn is a function of the program, and of what the ops before it in the same
// list and in set-up did; as_run() spells all of it out, so that it runs again step by step without
// drawing; tasks may draw at once; no heap memory is touched while ops run.
// Leaves out: whose ops are worth it. The campaign redraws what it makes, and nothing that is
// stored.
#pragma once

#include <cstdint>
#include <vector>

#include "fuzz/program/prng.h"
#include "fuzz/program/program.h"

namespace rw::program {

// The ops of one run as they came: plain data, so that it can lie in memory that outlives the
// process which runs them. Lists are set-up, then the tasks.
struct RunRecord {
  struct List {
    std::uint8_t taken;  // ops of the program that have begun
    std::uint8_t count;  // ops that have begun, drawn ones included
    std::uint64_t idle;  // bit i: op i did nothing
    Op ops[kMaxOpsPerList];
  };
  List lists[kMaxCodecTasks + 1];

  // No op has begun.
  void clear();
};

// The program with what was drawn in it spelled out; what had not begun when the run ended follows.
Program as_run(const Program& p, const RunRecord& record);
// The program with only those ops that did something.
Program without_idle(const Program& p, const RunRecord& record);

class Redraw {
 public:
  // `p` and `record` outlive the run; `record` is cleared.
  Redraw(const Program& p, RunRecord& record);

  // The next op of the program in list `list` (kSetup or a task) begins; returns its index.
  unsigned begin(int list);
  const Op& op(int list, unsigned index) const { return of(list).ops[index]; }
  // Op `index` did nothing. True: another one has been drawn, with the next index.
  bool again(int list, unsigned index);

 private:
  RunRecord::List& of(int list) const { return record_.lists[list + 1]; }
  Op draw(int list, const Op& idle);
  const Op* effective_op(int list);

  const Program& program_;
  RunRecord& record_;
  std::vector<Prng> prngs_;
};

}  // namespace rw::program
