// Failure: the one thing that ended an execution, as the engine saw it at that instant.
//
// Promises: plain data without addresses, so it can be kept, compared and printed after the
// execution is gone.
// Leaves out: the stable key and the table of kinds (fuzz/verdict), the picture (fuzz/report).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rw::exec {

// A place in the source, copied out of a sync::site.
struct Place {
  std::string file;      // as the compiler was given it
  std::string function;  // last component: "zap_pte_range"
  unsigned line = 0;
};

// What one task was doing when the execution ended.
struct TaskStatus {
  unsigned task = 0;
  unsigned op = 0;      // index of its current or last op
  std::string op_text;  // "truncate f0 0"
  std::vector<std::string>
      operations;     // open operation scopes, outermost first: "down_write mm#0.mmap_sem"
  std::string state;  // "running", "finished", "waits for mm#0.mmap_sem, held by T1"
  Place where;        // its pending or last step
};

struct Failure {
  std::string kind;                // "use-after-free"; a name in a kinds.def
  std::vector<std::string> parts;  // what the key is made of: field and function names
  bool symmetric = false;          // the order of `parts` means nothing
  std::string message;             // one sentence for people; may hold object names and numbers
  Place where;                     // the step that failed
  unsigned task = 0;               // which task made it
  std::uint32_t step = 0;          // its number in the execution
  std::vector<TaskStatus> tasks;   // all tasks at that instant
};

}  // namespace rw::exec
