// One worker of the supervisor: a process of `racewalk worker`, its state file and its log.
//
// Promises: whether it hangs is told from its heartbeat; its files go away with the object.
// Leaves out: what to do when it ends (supervisor.cc).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "fuzz/engine/files.h"
#include "fuzz/engine/hang_watch.h"
#include "fuzz/engine/jobs.h"
#include "fuzz/engine/shared_state.h"
#include "fuzz/engine/worker_process.h"

namespace rw::engine {

struct WorkerTask {
  const JobKind* kind = nullptr;
  std::string target, design, memory, strategy, seeds, out, command;
  double seconds = 0;
  std::uint64_t seed = 1;
  std::string stem;  // of its state file and log
};

class Worker {
 public:
  static std::unique_ptr<Worker> start(const WorkerTask& task, FileError& error);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Its wait status once it has ended. Kills it if no run has ended for `hang_seconds`.
  std::optional<int> poll(double hang_seconds);
  void ask_to_stop() const;

  SharedState& shared() const { return *shared_; }
  bool killed_for_hanging() const { return killed_for_hanging_; }
  double seconds() const;    // since it began
  std::string said() const;  // what it has written

 private:
  explicit Worker(const std::string& stem);

  std::string state_file_, log_;
  WorkerProcess process_;
  std::unique_ptr<SharedState> shared_;
  double began_;
  HangWatch watch_;
  bool killed_for_hanging_ = false;
};

}  // namespace rw::engine
