// The lines of source around the places of a trace, so that a page can show them anywhere.
//
// Promises: only files below the source root are read, by the relative paths that the compiler was
// given.
// Leaves out: whether the files are still those that were compiled.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fuzz/exec/failure.h"

namespace rw::report {

inline constexpr unsigned kSourceContext = 6;  // lines before and behind a place

struct SourcePart {
  unsigned first = 0;  // number of the first line
  std::vector<std::string> lines;
};

// By file; the parts of a file neither overlap nor touch. Files that cannot be read are left out.
std::map<std::string, std::vector<SourcePart>> source_parts(const std::vector<exec::Place>& places,
                                                            const std::string& root);

}  // namespace rw::report
