// Explore with several processes: the search is split by the first steps of its executions, and
// each part is handed to a worker, the next one to whoever is free. When none is left for one who
// is free, what is left of the part that has been under way for longest is split again.
//
// Promises: the classes of executions are those of one process, and so is their number (that of
// repetitions may be higher; in a program with spin loops that of executions may differ, too); the
// failure that is reported is that of the first part that has one, however fast the workers are, or
// one that splitting has met: it need not be the first that one process meets, nor the same each
// time if a part that has failures was split again, which depends on time; a part whose worker dies
// is explored again; if some of the processes cannot be made, those there are do it all; workers
// die with their parent. When stopped, each worker hands back what it has left. Leaves out: other
// machines.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "fuzz/engine/explore.h"

namespace rw::engine {

struct ExploreJobs {
  unsigned jobs = 1;  // processes; 1: all is done in this one
  // Counts and searches of an earlier part; nothing in it: from the beginning.
  Exploration so_far;
  // Told, once, that there are fewer processes than were asked for.
  std::function<void(const std::string&)> warn = nullptr;
  std::function<pid_t()> fork = nullptr;  // instead of fork(2); empty: that
  double split_after = 1;  // seconds that a part is under way before it is split again
};

// Why an exploration ended early. What is left is in Exploration::rest, as when it is stopped.
struct ExploreError {
  int status = 0;  // exit_status.h; 0: none
  std::string why;
};

// As explore(), but `see` is shown failed executions only, in this process. `error` is filled if a
// part cannot be explored because whoever does dies of it, or if no process can be made.
Exploration explore_with_jobs(exec::Workload& workload, const ExploreOptions& options,
                              const ExploreJobs& jobs,
                              const std::function<void(const exec::Result&)>& see,
                              ExploreError& error);

}  // namespace rw::engine
