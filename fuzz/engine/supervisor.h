// A campaign over several worker processes: each job is one build of racewalk in one mode.
//
// While workers live the supervisor runs no code under test; when all is over, each program that
// they have confirmed once (findings.h). It gives each job its share of the time in slices, shows
// the progress line, collects findings, and when a worker dies tells from its exit status and
// report what happened, saves the input that was running, and starts another worker.
//
// Layout of the folder `out`:
//   <key>.race          one failure each      <key>.txt        its picture, as printed
//   <key>.report.txt    a sanitizer's words   corpus/*.race    inputs that reached something new
//   work/               workers' state files and logs; killed-*.race: what ran when one was killed
//
// Promises: everything in `out` is whole at every instant; a new campaign with the same folder goes
// on with its corpus and its findings; workers die with the supervisor.
// Leaves out: several machines.
#pragma once

#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "fuzz/engine/jobs.h"
#include "fuzz/report/json.h"
#include "fuzz/target.h"

namespace rw::engine {

struct SupervisorOptions {
  Target* target = nullptr;
  std::string design;    // as parse_design reads it; empty: the open design
  std::string memory;    // "weak"; empty: sc, and of stored programs their own
  std::string strategy;  // "pct3"; empty: all of them
  double seconds = 60;   // from the first run on; 0: until interrupted
  std::uint64_t seed = 1;
  std::string out;
  std::string seeds;  // folder, may be empty
  std::vector<const JobKind*> jobs;
  unsigned workers = 0;           // at a time; 0: as many as cores
  double hang_seconds = 20;       // no run ended for so long: the worker hangs
  std::FILE* progress = nullptr;  // null: nothing is printed
  std::string command = "racewalk";
  std::function<bool()> stop;
};

// `result.exit_status` is what the command ends with. `error`: why it could not write, if so.
struct Supervised {
  report::FuzzResult result;
  std::map<std::string, std::uint64_t> overlapped;  // per job: runs in which two ops overlapped
  std::uint64_t disagreements = 0;                  // of the cross-check job
};
Supervised supervise(const SupervisorOptions& options);

}  // namespace rw::engine
