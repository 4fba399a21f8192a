// Accesses that do not meet the newest value, as memory models other than sc allow.
//
// Promises: says of a load what it has missed, of a store that a newer value stands.
// Leaves out: which of several older values was read (the value is in the row).
#pragma once

#include <map>
#include <string>

#include "fuzz/exec/strategy.h"
#include "fuzz/exec/trace.h"
#include "fuzz/report/values.h"

namespace rw::report {

// Whether `e` is the choice of such a value, which the access behind it tells.
bool chooses_value(const exec::Event& e);

class Newest {
 public:
  // For each event of a trace in turn: what to say of it besides, "" mostly.
  std::string event(const exec::Event& e, const Values& values);

 private:
  std::map<std::uint32_t, const exec::Event*> newest_;  // location -> who stored its newest value
  bool older_[exec::kMaxTasks] = {};  // task: its next access is not to the newest value
};

}  // namespace rw::report
