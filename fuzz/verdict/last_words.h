// What a process says before a signal such as SIGSEGV ends it.
//
// Promises: it is said on whatever stack the signal comes, of a fiber or used up; nothing is
// allocated by then.
// Leaves out: builds with ASan or TSan, whose run-time library reports such signals itself, and the
// stacks of further threads, if one of those is used up; the names of functions
// (engine/symbolize.h).
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace rw::verdict {

// From now on SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT first write `text(signal)`, which is
// called here, once for each, to standard error. Then the process ends: with exit status `status`,
// or without one as the signal ends it.
void set_last_words(const std::function<std::string(int)>& text, std::optional<int> status = {});

// From now on those signals first write the signal's name and the stack, innermost frame first, as
// a sanitizer writes one that it has no symbolizer for: "    #0 0x2a (/bin/program+0x2a)". Frames
// outside of the program itself, in libraries, are left out.
void set_stack_as_last_words();

}  // namespace rw::verdict
