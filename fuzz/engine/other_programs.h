// Programs that are not racewalk: found in PATH, run to their end or for so long, heard.
//
// Promises: none outlives the call, whatever it does; its standard input is empty.
// Leaves out: shells. Arguments are passed as they are.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace rw::engine {

// The first of `names` in PATH; a name with a slash in it is taken as it is. Empty: none is there.
std::string find_program(const std::vector<std::string>& names);

struct Ran {
  int status = -1;         // exit status; -1: it was killed, or did not start
  bool timed_out = false;  // told to end with SIGTERM, then killed
  bool stopped = false;    // likewise, because stop() said so
  std::string output;      // both streams; or why it did not start
};
// `arguments[0]` is a path. `seconds`: of wall-clock time. `stop`: asked ten times a second.
Ran run_program(const std::vector<std::string>& arguments, double seconds,
                const std::function<bool()>& stop = {});

// Gives it this terminal and waits; Ctrl-C is the other program's. Returns its exit status, or 128
// and the signal that killed it; 127: it did not start.
int run_in_terminal(const std::vector<std::string>& arguments);

// As a shell reads it back.
std::string shell_line(const std::vector<std::string>& arguments);

}  // namespace rw::engine
