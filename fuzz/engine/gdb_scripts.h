// The gdb scripts of fuzz/gdb, as they were when this binary was built.
//
// Promises: they are part of the binary, so it may be moved or mailed alone; what is written is
// always the version that fits its racewalk_debug.
// Leaves out: starting gdb (debugger.h).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "fuzz/engine/files.h"

namespace rw::engine {

struct GdbScript {
  const char* name;  // "racewalk.py", the one to give to gdb
  std::string_view text;
};
std::span<const GdbScript> gdb_scripts();

// Writes all of them into `folder`, which must exist.
[[nodiscard]] FileError write_gdb_scripts(const std::string& folder);

}  // namespace rw::engine
