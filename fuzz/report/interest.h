// Which accesses of a trace a reader wants to see.
//
// Changes of values are always of interest. Of the reads, and of writes that change nothing, only
// those are that decide the failure or tell how the tasks met:
//   a read whose value another task changes while the reader's op goes on (what it knows is stale),
//   the first read of what another task has changed, made without a lock,
//   a write back of what had been read and was stale by then.
//
// Promises: a pure function of trace and failure.
// Leaves out: what an operation's own row already says (rows.cc).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "fuzz/exec/failure.h"
#include "fuzz/exec/trace.h"

namespace rw::report {

enum class Interest : std::uint8_t { none, tells, decides };

// One per event. `failure` may be null.
std::vector<Interest> interest_of(const exec::Trace& trace, const exec::Failure* failure);

// Which places the tasks of a trace have in common.
class SharedUse {
 public:
  explicit SharedUse(const exec::Trace& trace);
  // Whether tasks other than the event's touch its place too, and one of them all changes it.
  bool is_shared(const exec::Event& e) const;

 private:
  struct Use {
    std::uint32_t tasks = 0;  // bit t
    bool changed = false;
  };
  std::map<std::string, Use> places_;   // by full name
  std::map<std::string, Use> objects_;  // by object, for births and deaths
};

bool is_access(const exec::Event& e);
bool is_change(const exec::Event& e);  // a store or read-modify-write that left another value
// Whether it ends the life of `object`. Pages, and objects in quarantine, keep their memory: a note
// says that they are free.
bool frees(const exec::Event& e, const std::string& object);

}  // namespace rw::report
