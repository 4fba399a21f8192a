// A child process of the supervisor: started, watched, ended.
//
// Promises: the child dies with its parent (PR_SET_PDEATHSIG), whatever kills the parent; what it
// prints on either stream goes to one file. Objects of this class reap their child.
// Leaves out: what the child does and what its death means (death.h).
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "fuzz/engine/files.h"

namespace rw::engine {

class WorkerProcess {
 public:
  // Starts `arguments[0]` with its output appended to `log`, truncated first. Null, with `error`
  // filled, if it cannot be started.
  static std::optional<WorkerProcess> start(const std::vector<std::string>& arguments,
                                            const std::string& log, FileError& error);
  WorkerProcess() = default;  // no child
  WorkerProcess(WorkerProcess&& other) noexcept;
  WorkerProcess& operator=(WorkerProcess&& other) noexcept;
  ~WorkerProcess();  // kills a child that still runs

  // Its wait status once it has ended; empty while it runs.
  std::optional<int> poll();
  // The same, waiting for it at most `seconds`.
  std::optional<int> wait(double seconds);
  void signal(int number) const;
  // Seconds that one of its threads has stood ready without getting a core: the most of them all; 0
  // if the system does not say.
  double starved() const;

 private:
  explicit WorkerProcess(pid_t pid) : pid_(pid) {}
  pid_t pid_ = -1;  // -1: reaped
};

// How many processes can run at a time here; at least 1.
unsigned cores();

}  // namespace rw::engine
