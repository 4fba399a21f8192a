// gdb on a steered replay or on a recording: the files it needs, its command line, what it brings.
//
// A folder holds all that the scripts read:
//   program.race   what `racewalk inferior` runs, with its schedule as a list
//   trace.json     the trace of that execution, recorded before (docs/json.md, `trace`)
//   *.py           the scripts (gdb_scripts.h)
//
// Promises: a batch run ends by itself or when its time is over, and what it found by then is
// kept. Leaves out: recording (rr_record.h), and what the commands say (fuzz/gdb).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/engine/files.h"
#include "fuzz/engine/rr_probe.h"
#include "fuzz/engine/run.h"
#include "fuzz/report/stops.h"

namespace rw::engine {

// Writes those files into `folder`, which must exist. No trace.json if `found` has no trace.
[[nodiscard]] FileError write_debug_files(const std::string& folder, const Found& found);

// What gdb looks at. Without a trace: the steered replay.
struct Debuggee {
  std::string folder;    // as above
  std::string rr_trace;  // the recording; empty: none
  Rr rr;                 // what replays it
};

// The command lines. `gdb`: its path.
std::vector<std::string> interactive_gdb(const Debuggee& debuggee, const std::string& gdb);

// One place where the execution was stopped.
struct Frame {
  std::string function, file;
  unsigned line = 0;
};
struct Stopped {
  unsigned task = 0, step = 0;
  std::string phase;          // "setup", "parallel" or "finish"
  std::string what;           // "frees anon_vma#0", or the failure
  std::string source;         // the line's text; empty: the source was not found
  std::vector<Frame> frames;  // of the code under test, innermost first
  bool failed = false;        // this is the failure
};
struct Batch {
  std::vector<Stopped> stops;                // in the order in which they happened
  std::vector<std::vector<Frame>> accesses;  // reverse: what a watchpoint met, latest first
  std::string direction;                     // "forward" or "reverse"
  std::string why_not_reverse;               // empty: it was not tried, or it worked
  std::string error;                         // empty: all stops were reached; else gdb's output
};
// Runs gdb without a terminal to both accesses. Under rr in reverse, for `seconds` at most; what is
// not done by then is done forward, which takes longer but always ends: for five times as long at
// most.
// `scratch`: a file that is written meanwhile. `stop`: as of run_program.
Batch run_gdb_batch(const Debuggee& debuggee, const std::string& gdb, const std::string& scratch,
                    double seconds, const std::function<bool()>& stop = {});

}  // namespace rw::engine
