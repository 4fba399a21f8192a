// The end of a failing run, whole: the program, the table, the stacks, and the lines to paste.
//
// Promises: everything a person needs to judge the failure and to run it again, in reading order,
// with the two command lines last and each on a line of its own.
// Leaves out: writing the file the command lines name (fuzz/engine).
#pragma once

#include <string>

#include "fuzz/exec/failure.h"
#include "fuzz/exec/trace.h"
#include "fuzz/report/table.h"

namespace rw::report {

struct Summary {
  std::string program;                     // the decoded program's text; empty: left out
  const exec::Failure* failure = nullptr;  // required
  const exec::Trace* trace = nullptr;      // null: no table (threads mode)
  std::string key;                         // verdict::key_of(*failure)
  std::string file;                        // saved program; empty: no command lines
  std::string command = "racewalk";        // how this command is called: argv[0]
  TableOptions table;
};

// Ends in a newline.
std::string summary(const Summary& s);

// "Replay: racewalk replay FILE\nShrink: racewalk shrink FILE\n", the file quoted for a shell where
// it needs to be.
std::string command_lines(const std::string& command, const std::string& file);

// A word as a shell reads it back: in single quotes where it holds anything but harmless
// characters.
std::string shell_quoted(const std::string& word);

}  // namespace rw::report
