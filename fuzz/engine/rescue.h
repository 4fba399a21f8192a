// What a dead worker was running, saved.
//
// A sanitizer names no model objects, so its reports have no stable parts of ours. The input is
// therefore run again, steered, in the order in which threads ran it and under other schedules, in
// a child process: if our own detectors see the same kind of failure (capture.h), it is saved under
// their key, as a list that replays anywhere. Otherwise it is saved as it is, with a key made of
// the report's function names, and the build that saw it shrinks it (dying.h).
//
// Promises: the input is on disk, whole, when save_input returns; the supervisor survives whatever
// the input does.
// Leaves out: shrinking what was seen on real threads only.
#pragma once

#include <string>

#include "fuzz/engine/death.h"
#include "fuzz/engine/files.h"
#include "fuzz/exec/execution.h"
#include "fuzz/program/redraw.h"
#include "fuzz/target.h"

namespace rw::engine {

struct Rescue {
  Target* target = nullptr;
  std::string input;            // encoded program
  program::RunRecord run = {};  // what ran of it, where ops were drawn anew
  Death death;
  std::string report;  // what the worker wrote
  std::string job;     // "tsan-threads"
  exec::Mode mode = exec::Mode::steered;
  const exec::ThreadLog* thread_log = nullptr;  // of a run on threads; null: none
  std::string out;                              // folder of findings; <out>/work exists
  std::string command;  // path of the binary that replays and shrinks what only a sanitizer sees
  std::string called_as = "racewalk";  // for all else
};

struct Rescued {
  std::string file;         // where the program is
  bool is_finding = false;  // false: killed from outside, or our own bug
  FileError error;
};
Rescued save_input(const Rescue& rescue);

}  // namespace rw::engine
