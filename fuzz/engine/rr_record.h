// A failure under rr, once: recorded, made sure of, packed, stored beside its .race file.
//
// The folder <name>.rr beside <name>.race holds what debugger.h lists and
//   trace/      the recording, packed: it needs no other file of this machine
//   meta.json   what was recorded, how, where (docs/json.md, `recording`)
//   replay.sh   opens gdb on it without racewalk
// Where no rr works it holds all but the recording, and replay.sh opens gdb on the steered replay.
//
// Promises: the recording fails with the same key as the program did, and it has been replayed,
// packed, to that same failure; the folder appears whole or not at all; the recorded process has no
// environment but PATH, so none is given away with it. Leaves out: finding a failure. rr runs
// threads one at a time and is no good at that.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "fuzz/engine/debugger.h"
#include "fuzz/engine/rr_probe.h"
#include "fuzz/engine/run.h"

namespace rw::engine {

struct RecordOptions {
  RrProbe probe;
  std::string file;           // for meta.json: what the user named
  std::string folder;         // to make
  std::uint64_t threads = 0;  // not 0: so many runs on real threads, up to the failure
  unsigned attempts = 3;      // recordings to make until the failure is in one
  double seconds = 60;        // for each
  std::uint64_t max_bytes = std::uint64_t{256} << 20;  // of the packed recording
  std::function<bool()> stop;                          // asked now and then; may be empty
};

struct Recorded {
  bool with_rr = false;
  std::string why_not;       // if not: one sentence
  std::uint64_t bytes = 0;   // of the packed recording
  std::uint64_t events = 0;  // rr's, in the recording
  unsigned attempts = 0;
  bool stopped = false;  // stop() said so: nothing is stored
  FileError error;       // the folder could not be written
};
Recorded record(const Found& found, const RecordOptions& options);

// Why a recording, or a folder without one, may not take the place of `folder`; empty: it may.
// record() asks, too; a command asks before its work begins.
std::string in_the_way(const std::string& folder, bool with_trace);

// "x/y.race" -> "x/y.rr".
std::string recording_of(const std::string& file);

// A stored recording, as debug opens it.
struct Stored {
  Debuggee debuggee;  // rr_trace empty if there is none that replays here
  std::string key;
  std::string kind;
  std::string message;
  std::uint64_t threads = 0;
  std::string why_not;  // no trace, or it does not replay; one sentence
};
// Reads the folder and replays the recording once. Empty, with `error`, if it is no such folder.
// `stop`: ends the replay, which then counts as one that does not work.
std::optional<Stored> open_recording(const std::string& folder, FileError& error,
                                     const std::function<bool()>& stop = {});

}  // namespace rw::engine
