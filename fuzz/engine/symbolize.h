// Stacks that a dying process wrote as addresses (verdict/last_words.h), with names.
//
// Promises: a report without such frames comes back as it is, and so does one whose program is not
// there or for which there is no llvm-symbolizer and no addr2line. Leaves out: sanitizers' reports,
// which have names already.
#pragma once

#include <string>

namespace rw::engine {

// "    #0 0x2a (/bin/program+0x2a)" becomes "    #0 0x2a in rw::f() /src/f.cc:7", and a frame for
// each function inlined there. What an address is called is looked up once in a process.
std::string symbolized(const std::string& report);

}  // namespace rw::engine
