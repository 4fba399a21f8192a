// Which locks a run took while it held which others, and where that closes a circle.
//
// A lock-order failure is about kinds of locks ("page.lock"), a deadlock about the locks themselves
// ("page#1.lock"): so are the nodes. What a task waited for or was refused when the run failed is
// part of the graph.
//
// Promises: a pure function of trace and failure; each order of two nodes is there once for each
// function that takes them so.
// Leaves out: orders of other runs, as lockdep itself does (targets/kernel/lockdep.h).
#pragma once

#include <string>
#include <vector>

#include "fuzz/exec/failure.h"
#include "fuzz/exec/trace.h"

namespace rw::report {

struct LockOrder {
  std::string outer, inner;            // nodes: `inner` was taken while `outer` was held
  std::string outer_lock, inner_lock;  // the locks themselves
  std::string who;                     // "T1", "Set-up"
  exec::Place where;
  std::uint32_t step = 0;
  std::size_t event = 0;
  bool refused = false;   // not taken: the failure came before, or it still waits
  bool in_cycle = false;  // one of the orders that cannot all be right
};

struct LockGraph {
  std::vector<LockOrder> orders;
  bool has_cycle = false;
};

// `failure` may be null.
LockGraph lock_graph(const exec::Trace& trace, const exec::Failure* failure);

// "page.lock" of "page#1.lock".
std::string kind_of_lock(const std::string& lock);

}  // namespace rw::report
