// All outcomes that the Linux kernel's memory model allows, by its axioms: every candidate
// (candidates.h), checked as linux-kernel.cat, linux-kernel.bell and lock.cat define it. The names
// are theirs.
// Source: tools/memory-model of Linux 6.x, and its Documentation/explanation.txt.
//
// Promises: marked accesses, fences, read-modify-writes, locks, RCU and SRCU; data and control
// dependencies as the notation shows them.
// Leaves out: plain data and its races; address dependencies (the notation has none); speed.
#pragma once

#include <set>

#include "targets/litmus/litmus.h"

namespace rw::litmus {

struct KernelOutcomes {
  std::set<Final> by_model;
  // By the model with what the machine takes for given (weak.h): each store depends on all loads
  // before it, and an unlock with the next lock orders what the task has seen of others' stores as
  // it does its own.
  std::set<Final> by_machine;
};

KernelOutcomes outcomes_by_kernel_axioms(const Litmus& test);

}  // namespace rw::litmus
